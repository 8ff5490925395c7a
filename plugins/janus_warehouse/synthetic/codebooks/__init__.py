"""The five health surveys and the blood donors' form, as their owners deliver them."""

from janus_warehouse.synthetic.codebooks.early import counties_1974, counties_1985, oslo_1972
from janus_warehouse.synthetic.codebooks.hubro import hubro_2000
from janus_warehouse.synthetic.codebooks.late import age40_1990, donors_form

__all__ = [
    "age40_1990",
    "counties_1974",
    "counties_1985",
    "donors_form",
    "hubro_2000",
    "oslo_1972",
]
