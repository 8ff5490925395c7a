"""A contract rule as a Great Expectations expectation that counts and never looks.

Great Expectations' own map expectations fetch sample values of failing rows for every result
format but one. This one asks for a single number, so no value of a person can reach a result,
a Data Docs page or a log; and because the number is an aggregate, Great Expectations puts all
rules of a table into one query, which is one scan.

Importing this module imports Great Expectations (seconds): do it inside functions.
"""

from typing import Any

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    render_suite_parameter_string,
)
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer


class FailingRows(TableMetricProvider):
    """Number of rows that meet a condition; null counts as not met."""

    metric_name = "table.failing_rows"
    value_keys = ("failing",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805 - the decorator of the library hands over the class
        execution_engine: Any,
        metric_domain_kwargs: dict,
        metric_value_kwargs: dict,
        metrics: dict,
        runtime_configuration: dict,
    ) -> tuple:
        # A literal column is not parsed for bind parameters, so `::` and `:` stay as written.
        failing: sa.ColumnElement[bool] = sa.literal_column(f"({metric_value_kwargs['failing']})")
        return sa.func.count(sa.case((failing, 1))), metric_domain_kwargs, {}


class ExpectRowsToKeepRule(BatchExpectation):
    """Expect the share of failing rows of a contract rule to stay within its tolerance."""

    rule_id: str
    failing: str
    limit: float
    unit: str
    claim: str

    metric_dependencies = ("table.row_count", "table.failing_rows")
    success_keys = ("failing", "limit", "unit")
    args_keys = ("rule_id", "claim", "failing", "limit", "unit")

    def _validate(
        self,
        metrics: dict,
        runtime_configuration: dict | None = None,
        execution_engine: Any = None,
    ) -> dict:
        from janus_warehouse.contracts import Tolerance

        seen, failing = int(metrics["table.row_count"]), int(metrics["table.failing_rows"])
        return {
            "success": Tolerance(self.limit, self.unit).allows(failing, seen),
            "result": {
                "element_count": seen,
                "unexpected_count": failing,
                "unexpected_percent": 100 * failing / seen if seen else 0.0,
                "observed_value": f"{failing} of {seen} rows",
            },
        }

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls,
        configuration: Any = None,
        result: Any = None,
        runtime_configuration: dict | None = None,
    ) -> list:
        kwargs = configuration.kwargs
        unit = "rows" if kwargs["unit"] == "rows" else "%"
        template = f"$rule_id: $claim; at most {kwargs['limit']:g} {unit} of the rows may fail"
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={
                    "template": template,
                    "params": {"rule_id": kwargs["rule_id"], "claim": kwargs["claim"]},
                    "styling": {"params": {"rule_id": {"classes": ["badge", "badge-secondary"]}}},
                },
            )
        ]
