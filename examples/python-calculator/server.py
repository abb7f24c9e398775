"""An MCP server on the official Python SDK: exact arithmetic and working days."""

import ast
import datetime
import math
import operator
from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

server = MCPServer("python-calculator", version="1.0.0")

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
MAX_EXPONENT = 1000
MAX_BITS = 20_000


class Value(BaseModel):
    exact: str = Field(description="The result as an integer or a fraction in lowest terms.")
    decimal: str = Field(description="The result with 20 significant digits.")


class WorkingDays(BaseModel):
    days: int


def compute(node: ast.AST) -> Fraction:
    """One node of a parsed expression; anything but numbers and arithmetic is refused."""
    match node:
        case ast.Expression(body):
            return compute(body)
        case ast.Constant(int() | float() as number) if not isinstance(number, bool) and math.isfinite(number):
            return Fraction(str(number))
        case ast.UnaryOp(op, operand) if type(op) in OPERATORS:
            return Fraction(OPERATORS[type(op)](compute(operand)))
        case ast.BinOp(left, ast.Pow(), right):
            return power(compute(left), compute(right))
        case ast.BinOp(left, op, right) if type(op) in OPERATORS:
            return bounded(Fraction(OPERATORS[type(op)](compute(left), compute(right))))
    raise ToolError("only numbers, parentheses and + - * / // % ** are allowed")


def power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT:
        raise ToolError(f"an exponent must be an integer from -{MAX_EXPONENT} to {MAX_EXPONENT}")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent.numerator) > MAX_BITS:
        raise ToolError("the result is too large")
    return base ** exponent.numerator


def bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ToolError("the result is too large")
    return value


@server.tool()
def evaluate(expression: Annotated[str, Field(max_length=500)]) -> Value:
    """Evaluates an arithmetic expression exactly, for example (1/3 + 1/6) * 4."""
    try:
        value = compute(ast.parse(expression.strip(), mode="eval"))
    except SyntaxError as error:
        raise ToolError("this is not an arithmetic expression") from error
    except ZeroDivisionError as error:
        raise ToolError("division by zero") from error
    return Value(exact=str(value), decimal=render_decimal(value))


def render_decimal(value: Fraction) -> str:
    context = Context(prec=20)
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context))


@server.tool()
def working_days(start: datetime.date, end: datetime.date) -> WorkingDays:
    """Counts the days from Monday to Friday from start to end, both included."""
    if end < start:
        raise ToolError("end lies before start")
    total = (end - start).days + 1
    weeks, rest = divmod(total, 7)
    extra = sum((start.weekday() + offset) % 7 < 5 for offset in range(rest))
    return WorkingDays(days=weeks * 5 + extra)


if __name__ == "__main__":
    server.run()
