{#
The entity of all cancers but non-melanoma skin cancer: what ends cancer-free time, and what a
total rate counts.
#}
{% macro all_cancers() -%}
    all
{%- endmacro %}

{#
True for what ICD-10 calls other malignant neoplasms of skin (C44): neither melanoma nor Kaposi
sarcoma, nor a lymphoma that shows in the skin.
#}
{% macro is_nonmelanoma_skin(topography, morphology) -%}
    (
        {{ topography }} like 'C44%'
        and {{ morphology }} not between '8720' and '8790'
        and {{ morphology }} <> '9140'
        and {{ morphology }} < '9590'
    )
{%- endmacro %}
