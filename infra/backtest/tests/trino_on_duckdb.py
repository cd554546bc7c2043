"""Runs a query in Trino's dialect on DuckDB, for the tests: sqlglot says it in DuckDB's dialect.

Standard input is JSON: `sql`; `schema` and `table`, which the query reads; `lines`, its rows as [path, day, line]. Standard
output is JSON: `rows`, and `sql` as DuckDB ran it.
"""

import json
import sys

import duckdb
import sqlglot

sys.setrecursionlimit(100_000)
asked = json.load(sys.stdin)
connection = duckdb.connect()
connection.execute("SET threads = 2")
connection.execute(f'CREATE SCHEMA "{asked["schema"]}"')
table = f'"{asked["schema"]}"."{asked["table"]}"'
connection.execute(f'CREATE TABLE {table} ("$path" VARCHAR, day VARCHAR, line VARCHAR)')
if asked["lines"]:
    connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", asked["lines"])
(statement,) = sqlglot.transpile(asked["sql"], read="trino", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
rows = connection.execute(statement).fetchall()
json.dump({"rows": [[value if value is None or isinstance(value, str) else int(value) for value in row] for row in rows],
           "sql": statement}, sys.stdout)
