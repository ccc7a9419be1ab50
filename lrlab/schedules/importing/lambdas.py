"""A `lambda` of the step as the text of a formula: read and rewritten, never called."""

from __future__ import annotations

import ast

from lrlab.schedules.formula import FUNCTIONS
from lrlab.schedules.importing.values import Function, refuse

MODULES = ("math", "np", "numpy", "torch", "jnp")


def expression(call: str, function: Function) -> str:
    """Return the lambda's body as a formula's text in t, or refuse it."""
    arguments = function.node.args
    names = [each.arg for each in arguments.args]
    if len(names) != 1 or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        raise refuse(f"has {call} with a lambda of {len(names)} arguments; allowed is one.")
    rewriter = _Rewriter(call, names[0], function.numbers)
    return ast.unparse(rewriter.visit(function.node.body))


class _Rewriter(ast.NodeTransformer):
    """Puts t for the lambda's argument, numbers for known names, `where` for if and else."""

    def __init__(self, call: str, argument: str, numbers: dict[str, float]) -> None:
        self.call = call
        self.argument = argument
        self.numbers = numbers

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == self.argument:
            return ast.Name("t")
        if node.id in self.numbers:
            return ast.Constant(self.numbers[node.id])
        raise refuse(
            f"has {self.call} with a lambda that uses {node.id[:60]!r}, which is not known; "
            "allowed are its argument, numbers and " + ", ".join(FUNCTIONS) + "."
        )

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in MODULES and node.attr == "pi":
            return ast.Name("pi")
        raise refuse(
            f"has {self.call} with a lambda that uses {ast.unparse(node)[:60]!r}; "
            "allowed are its argument, numbers and " + ", ".join(FUNCTIONS) + "."
        )

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        module = node.func.value if isinstance(node.func, ast.Attribute) else None
        known = module is None or (isinstance(module, ast.Name) and module.id in MODULES)
        if name not in FUNCTIONS or not known or node.keywords:
            raise refuse(
                f"has {self.call} with a lambda that calls {name[:60]!r}; allowed are "
                + ", ".join(FUNCTIONS) + "."
            )  # fmt: skip
        return ast.Call(ast.Name(name), [self.visit(each) for each in node.args], [])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        parts = [self.visit(each) for each in (node.test, node.body, node.orelse)]
        return ast.Call(ast.Name("where"), parts, [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.FloorDiv):
            return ast.Call(ast.Name("floor"), [ast.BinOp(left, ast.Div(), right)], [])
        return ast.BinOp(left, node.op, right)
