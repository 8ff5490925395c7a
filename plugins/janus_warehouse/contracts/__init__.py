"""Contracts: what each delivered table must look like, and all that follows from it."""

from janus_warehouse.contracts.contract import Column, Contract
from janus_warehouse.contracts.loading import load_contract, load_contracts
from janus_warehouse.contracts.rules import Rule, Tolerance

__all__ = ["Column", "Contract", "Rule", "Tolerance", "load_contract", "load_contracts"]
