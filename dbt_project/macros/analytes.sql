{#
An identifier as its system writes it today: HMDB had five digits before 4.0, and Ensembl and
SomaLogic put a version behind the identifier of the same thing. The same as `canonical` in
assays/dictionary/checks.py.
#}
{% macro canonical_identifier(system, identifier) -%}
    case {{ system }}
        when 'HMDB' then regexp_replace(btrim({{ identifier }}), '^HMDB(\d{5})$', 'HMDB00\1')
        when 'GENCODE' then regexp_replace(btrim({{ identifier }}), '\.\d+$', '')
        when 'SeqId'
            then regexp_replace(
                regexp_replace(btrim({{ identifier }}), '^seq\.(\d+)\.(\d+)$', '\1-\2'), '_\d+$', ''
            )
        else btrim({{ identifier }})
    end
{%- endmacro %}

{# The value of a group that has only one, and nothing where its rows differ. #}
{% macro only_value(column) -%}
    case when min({{ column }}) = max({{ column }}) then min({{ column }}) end
{%- endmacro %}

{#
Geometric coefficient of variation of repetitions, from sums of squares of logarithms and their
degrees of freedom.
#}
{% macro pooled_cv(relation, of_what) -%}
    round(
        sqrt(
            exp(
                sum({{ relation }}.squares_{{ of_what }})
                / nullif(sum({{ relation }}.df_{{ of_what }}), 0)
            ) - 1
        )::numeric, 6
    )
{%- endmacro %}
