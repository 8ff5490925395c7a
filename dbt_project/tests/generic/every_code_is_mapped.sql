{# Every delivered code has an outcome by the rules of its survey: a value, or a reason. #}
{% test every_code_is_mapped(model, survey, variables) %}

select
    '{{ survey }}' as survey,
    answer.variable,
    answer.code,
    count(*) as attenders
from {{ model }} as attenders

-- Every attender has every variable, so nobody is lost or doubled here.
cross join lateral (
    values
    {%- for variable in variables %}
    (
        '{{ variable }}',
        attenders.{{ variable }}__original,
        attenders.{{ variable }}__missing
    ){{ "," if not loop.last }}
    {%- endfor %}
) as answer (variable, code, missing)

where answer.missing = 'unmapped'
group by answer.variable, answer.code

{% endtest %}
