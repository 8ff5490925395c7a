{#
Limits of a 95 % confidence interval of a Poisson count by Byar's approximation of the exact
limits (Breslow & Day 1987, IARC Scientific Publications 82). The lower limit of no case is 0.
#}
{% macro byar_lower(count) -%}
    case
        when {{ count }} > 0
            then
                {{ count }} * power(
                    greatest(1 - 1 / (9.0 * {{ count }}) - 1.959964 / (3 * sqrt({{ count }}::numeric)), 0),
                    3
                )
        else 0
    end
{%- endmacro %}

{% macro byar_upper(count) -%}
    ({{ count }} + 1) * power(
        1 - 1 / (9.0 * ({{ count }} + 1)) + 1.959964 / (3 * sqrt(({{ count }} + 1)::numeric)), 3
    )
{%- endmacro %}
