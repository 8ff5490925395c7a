"""A made-up Janus bank, written as deliveries exactly as the sources would send them."""

from janus_warehouse.synthetic.answers import ANSWER_KEY, AnswerKey, DeliveryAnswer, TableAnswer
from janus_warehouse.synthetic.dirt import RATES, DirtRates
from janus_warehouse.synthetic.generator import generate
from janus_warehouse.synthetic.plan import Plan

__all__ = [
    "ANSWER_KEY",
    "RATES",
    "AnswerKey",
    "DeliveryAnswer",
    "DirtRates",
    "Plan",
    "TableAnswer",
    "generate",
]
