"""From pasted text to values, by Python's `ast`: nothing of it is ever executed.

Imports, assignments and calls are read from the first line to the last; what the
scheduler's call does not need may stay unread, what it needs must be in the text.
"""

from __future__ import annotations

import ast
import warnings
from typing import Any

from lrlab.errors import shown
from lrlab.schedules.importing.table import Call, Found, Given, convert, known
from lrlab.schedules.importing.values import (
    FUNCTIONS,
    Function,
    Unread,
    calculated,
    called,
    is_number,
    quoted,
    refuse,
    tidy,
)

MAX_CHARACTERS = 20_000
MAX_NODES = 4000
MAX_DEPTH = 60
OPTIMIZERS = {
    "sgd", "adam", "adamw", "adamax", "adagrad", "adadelta", "rmsprop", "nadam", "radam", "lion",
    "muon", "lamb", "lars", "adafactor", "rprop", "asgd", "ftrl", "noisy_sgd", "sparseadam",
}  # fmt: skip


def parsed(text: str) -> ast.Module:
    """Return the text's syntax tree, or refuse a text that is too long, too deep or no Python."""
    if len(text) > MAX_CHARACTERS:
        raise refuse(f"has {len(text)} characters; allowed are {MAX_CHARACTERS}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(_dedented(text))
    except SyntaxError as error:
        place = f" in line {error.lineno}" if error.lineno else ""
        raise refuse(f"is no Python{place}; allowed is one scheduler's call.") from None
    except (ValueError, RecursionError, MemoryError):
        raise refuse("is no Python; allowed is one scheduler's call.") from None
    _check_size(tree)
    return tree


def _dedented(text: str) -> str:
    lines = [line for line in text.expandtabs(4).splitlines() if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[indent:] for line in lines)


def _check_size(tree: ast.AST) -> None:
    stack, count = [(tree, 0)], 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            limit = f"{MAX_DEPTH} levels" if depth > MAX_DEPTH else f"{MAX_NODES} terms"
            raise refuse(f"is too large to be a scheduler's call; allowed are {limit}.")
        stack += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


class Reader:
    """Reads one text line by line; afterwards `found` is the last schedule in it."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.names: dict[str, Any] = {}
        self.aliases: dict[str, str] = {}
        self.found: list[Found] = []

    def read(self, tree: ast.Module) -> None:
        """Read every statement."""
        for statement in tree.body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.aliases |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign) and node.value:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.Expr):
            self._expression(node.value)
        else:
            raise refuse(
                f"has {shown(quoted(node))} in line {node.lineno}; "
                "allowed are imports, assignments and a scheduler's call."
            )

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        self.names[quoted(target)] = self._keep(self.value(value))

    def _expression(self, node: ast.expr) -> None:
        value = self._keep(self.value(node))
        if isinstance(value, (Function, Unread)):
            raise self._unknown(node, value.text)

    def _keep(self, value: Any) -> Any:
        if isinstance(value, Found):
            self.found.append(value)
        return value

    def _unknown(self, node: ast.expr, text: str) -> Exception:
        name = self._name(node.func) if isinstance(node, ast.Call) else text
        return refuse(f"has {shown(text)}, which is not known; allowed is {known(name)}.")

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression, `Unread` where the text does not tell it."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name() | ast.Attribute():
                return self.names.get(quoted(node), Unread(quoted(node)))
            case ast.List() | ast.Tuple():
                return [self._flat(each) for each in node.elts]
            case ast.Dict():
                return self._dict(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                return self._signed(node)
            case ast.BinOp():
                return calculated(node, self.value(node.left), self.value(node.right))
            case ast.Lambda():
                numbers = {name: v for name, v in self.names.items() if is_number(v)}
                return Function(node, numbers, quoted(node))
            case ast.Call():
                return self._call(node)
        return Unread(quoted(node))

    def _constant(self, node: ast.Constant) -> Any:
        if is_number(node.value):
            return tidy(node.value, quoted(node))  # type: ignore[arg-type]
        if node.value is None or isinstance(node.value, (bool, str)):
            return node.value
        return Unread(quoted(node))

    def _dict(self, node: ast.Dict) -> Any:
        if any(key is None for key in node.keys):
            return Unread(quoted(node))
        keys = [self.value(key) for key in node.keys if key]
        if not all(is_number(key) or isinstance(key, str) for key in keys):
            return Unread(quoted(node))
        return dict(zip(keys, map(self._flat, node.values), strict=True))

    def _flat(self, node: ast.expr) -> Any:
        """Return a value inside a list: no list, since names could nest them without end."""
        value = self.value(node)
        nested = isinstance(value, list) or (
            isinstance(value, dict) and any(isinstance(each, dict) for each in value.values())
        )
        return Unread(quoted(node)) if nested else value

    def _signed(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if not is_number(value):
            return Unread(quoted(node))
        return -value if isinstance(node.op, ast.USub) else value

    def _name(self, node: ast.expr) -> str:
        name = node.attr if isinstance(node, ast.Attribute) else quoted(node)
        return self.aliases.get(name, name)

    def _call(self, node: ast.Call) -> Any:
        name, text = self._name(node.func), quoted(node)
        starred = any(isinstance(each, ast.Starred) for each in node.args)
        if starred or any(each.arg is None for each in node.keywords):
            raise refuse(f"has {shown(text)}; allowed are arguments one by one, without stars.")
        positional = [self.value(each) for each in node.args]
        keywords = {str(each.arg): self.value(each.value) for each in node.keywords}
        if name == "dict" and not positional:
            return keywords
        if name in FUNCTIONS and isinstance(node.func, ast.Name) and not keywords:
            return called(name, positional, text)
        if name.lower() in OPTIMIZERS:
            return self._optimizer(positional, keywords, text)
        return convert(Call(name, positional, keywords, text), self.given) or Unread(text)

    def _optimizer(self, positional: list[Any], keywords: dict[str, Any], text: str) -> Any:
        """Take the rate of an optimizer's line: a number, or a schedule inside of it."""
        candidates = [keywords.get("lr"), keywords.get("learning_rate"), *positional]
        for value in candidates:
            if isinstance(value, Found):
                return value
            if is_number(value):
                self.given.named_lr = float(value)
                break
        return _Optimizer(text)


class _Optimizer(str):
    """An optimizer's line that was read: only its rate matters."""
