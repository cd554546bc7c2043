"""Runs a query for Athena on Velox, the C++ engine of Presto: another reading of the same functions than DuckDB's.

Standard input and output are those of `trino_on_duckdb.py`. Velox (pyvelox) has no SQL of its own, only expressions and steps of a
plan: each WITH of the query becomes a step, its expressions are handed over as they are, and the rest is done here. That is
UNNEST (a row for each record of a file), the last step's count of rows, `||` (concat), and a bare NULL, which gets its type.
"""

import json
import os
import re
import sys

import pyarrow
import sqlglot
from pyvelox.arrow import to_arrow, to_velox
from pyvelox.legacy import register_presto_signatures  # noqa: F401  with it come Presto's functions
from pyvelox.plan_builder import PlanBuilder
from pyvelox.runner import LocalRunner
from sqlglot import exp

sys.setrecursionlimit(100_000)
kept = []  # what Velox gives is freed with its plan and its runner
# sqlglot writes JSON paths its own way; a function that it does not know keeps its arguments
AS_IT_IS = {"json_extract(": "as_it_is_extract(", "json_extract_scalar(": "as_it_is_scalar("}


def read(sql):
    for ours, hidden in AS_IT_IS.items():
        sql = sql.replace(ours, hidden)
    return sqlglot.parse_one(sql, read="trino")


def said(expression):
    """An expression of Trino's in Velox's words."""
    root = exp.Paren(this=expression.copy())
    for it in reversed(list(root.find_all(exp.DPipe, exp.Nullif, exp.Case))):  # the innermost first
        if isinstance(it, exp.DPipe):
            it.replace(exp.Anonymous(this="concat", expressions=[*parts(it.left), *parts(it.right)]))
        elif isinstance(it, exp.Nullif):
            same = exp.If(this=exp.EQ(this=it.this, expression=it.expression), true=exp.cast(exp.null(), "varchar"))
            it.replace(exp.Case(ifs=[same], default=it.this.copy()))
        elif not it.args.get("default"):
            value = it.args["ifs"][0].args["true"]
            json_value = isinstance(value, exp.Anonymous) and value.name == "as_it_is_extract"
            it.set("default", exp.cast(exp.null(), "json" if json_value else "varchar"))
    text = root.sql(dialect="trino", normalize_functions="lower").replace("ARRAY(JSON)", "JSON[]")
    text = re.sub(r"\b(THEN|ELSE) NULL\b", r"\1 CAST(NULL AS BOOLEAN)", text)
    for ours, hidden in AS_IT_IS.items():
        text = text.replace(hidden, ours)
    return text


def parts(it):
    """What is said as a concat already, one by one."""
    return it.expressions if isinstance(it, exp.Anonymous) and it.name == "concat" else [it]


def executed(plan):
    runner = LocalRunner(plan.get_plan_node())
    vectors = list(runner.execute())
    arrays = [to_arrow(vector) for vector in vectors]
    kept.append((plan, runner, vectors, arrays))
    columns = [[array.field(at).to_pylist() for at in range(array.type.num_fields)] for array in arrays]
    return [row for some in columns for row in zip(*some)]


def values(names, rows):
    columns = {name: pyarrow.array([row[at] for row in rows], pyarrow.int64() if name == "n" else pyarrow.string())
               for at, name in enumerate(names)}
    return PlanBuilder().values([to_velox(pyarrow.record_batch(columns))])


def columns(select):
    """The projections by name; a star is what was there before."""
    return {it.alias_or_name or f"column_{at}": it for at, it in enumerate(select.expressions)}


def lines(steps, asked):
    """The rows of the table with each record's place in its file, and the step's expression of a file's records."""
    select = steps["lines"]
    rows = values(["path", "day", "line"], asked["lines"])
    if select.args.get("where"):
        rows = rows.filter(said(select.args["where"].this))
    records = said(columns(select)["records"].this)
    counted = executed(rows.project(["path", "line", f"cardinality({records}) AS n"]))
    each = [(path, line, n) for path, line, count in counted for n in range(1, 2 if count is None else count + 1)]
    return values(["path", "line", "n"], each), f"element_at({records}, n)"


def ran(sql, asked):
    tree = read(sql.replace('"$path"', "path"))
    steps = {it.alias: it.this for it in tree.args["with_"].expressions}
    rows, record = lines(steps, asked)
    rows = rows.project(["path", "n", f"{record} AS record"])
    known = []
    for name in list(steps)[1:] + [None]:
        select = tree if name is None else steps[name]
        made = columns(select)
        if name is not None and "*" in made:
            made = {**{it: exp.column(it) for it in known}, **{key: it for key, it in made.items() if key != "*"}}
        if select.args.get("where"):
            rows = rows.filter(said(select.args["where"].this))
        bare = {key: it.this if isinstance(it, exp.Alias) else it for key, it in made.items()}
        if select.args.get("group"):
            rows = grouped(rows, select, bare)
        else:
            rows = rows.project([f"{said(it)} AS {key}" for key, it in bare.items()])
        known = list(made)
    answer = executed(rows)
    return [list(row) + [len(answer)] if "in_all" in columns(tree) else list(row) for row in answer]


def grouped(rows, select, bare):
    """GROUP BY one column: Velox's aggregates first, then the expressions over them."""
    (key,) = [it.name for it in select.args["group"].expressions]
    aggregates = {}

    def aggregate(it):
        if isinstance(it, exp.AggFunc):
            # the sum and the extremes of a column, or the number of rows
            name = aggregates.setdefault(said(it).replace("count(*)", "count(1)"), f"g{len(aggregates)}")
            return exp.column(name)
        return it

    over = {name: it.copy().transform(aggregate) for name, it in bare.items() if not it.find(exp.Window)}
    rows = rows.aggregate([key], [f"{text} AS {name}" for text, name in aggregates.items()])
    return rows.project([f"{said(it)} AS {name}" for name, it in over.items()])


asked = json.load(sys.stdin)
answer = ran(asked["sql"], asked) if asked["lines"] else []
json.dump({"rows": answer, "sql": ""}, sys.stdout)
sys.stdout.flush()
os._exit(0)  # pyvelox ends with a complaint about its memory pools
