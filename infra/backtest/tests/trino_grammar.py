"""Reads queries by Trino's own grammar (release 422, by ANTLR), for the tests.

Standard input is a JSON list of queries, standard output one of what the grammar does not take of each, null where it takes all.
"""

import json
import sys

import trino_query_parser

sys.setrecursionlimit(100_000)


def refused(sql):
    try:
        trino_query_parser.parse_statement(sql)
    except trino_query_parser.TrinoSyntaxError as error:
        return str(error)
    return None


json.dump([refused(sql) for sql in json.load(sys.stdin)], sys.stdout)
