"""
odbc.py STEP CONNECTION [ARGUMENT]...: does what the step says over ODBC, and prints the result as JSON.  CONNECTION is an
ODBC connection string without its driver.  The step "driver" prints the name of the driver, and needs no connection.
"""

import ctypes
import json
import sys
from datetime import date, datetime
from decimal import Decimal

import pyodbc

FOUND, NO_ROW = 0, 100
HANDLE, CONNECTION, STATEMENT = 1, 2, 3
VERSION, VERSION_3 = 200, 3


def plain(value):
    """A value of a row, with its type where JSON has none."""
    if isinstance(value, (datetime, date, Decimal)):
        return [type(value).__name__, str(value)]
    return value


def rows(cursor, *names):
    """The rows of a cursor as lists, of some columns by their names."""
    places = [[column[0].lower() for column in cursor.description].index(name) for name in names]
    return [[plain(row[place]) for place in places] if names else [plain(value) for value in row] for row in cursor]


def driver():
    return next((name for name in ("PostgreSQL Unicode", "PostgreSQL ANSI") if name in pyodbc.drivers()), None)


def tables(connection, schema, kinds=None):
    return rows(connection.cursor().tables(schema=schema, tableType=kinds), "table_name", "table_type", "remarks")


def columns(connection, schema, table):
    return rows(connection.cursor().columns(schema=schema, table=table), "column_name", "type_name", "data_type", "nullable", "remarks")


def keys(connection, schema, table):
    """What there is none of: keys and indexes.  Statistics may have a row for the table itself, without an index."""
    cursor = connection.cursor()
    primary = rows(cursor.primaryKeys(table, schema=schema))
    foreign = rows(cursor.foreignKeys(table=table, schema=schema))
    identifying = rows(cursor.rowIdColumns(table, schema=schema))
    indexes = [row for row in rows(cursor.statistics(table, schema=schema), "index_name") if row[0]]
    return {"primary": primary, "foreign": foreign, "identifying": identifying, "indexes": indexes}


def query(connection, text, *values):
    """One statement, prepared where it has parameters, executed for each value."""
    cursor = connection.cursor()
    if not values:
        return rows(cursor.execute(text))
    return [rows(cursor.execute(text, value)) for value in values]


def first(connection, count, text):
    """So many rows, and no more."""
    cursor = connection.cursor().execute(text)
    found = [[plain(value) for value in cursor.fetchone()] for _ in range(int(count))]
    cursor.close()
    return found


def privileges(text, schema, table):
    """SQLTablePrivileges, which pyodbc does not have: grantor, grantee, privilege."""
    odbc = ctypes.CDLL("libodbc.so.2")
    environment, connection, statement = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()

    def checked(result):
        if result not in (0, 1):
            sys.exit(f"ODBC returns {result}")

    checked(odbc.SQLAllocHandle(HANDLE, None, ctypes.byref(environment)))
    checked(odbc.SQLSetEnvAttr(environment, VERSION, ctypes.c_void_p(VERSION_3), 0))
    checked(odbc.SQLAllocHandle(CONNECTION, environment, ctypes.byref(connection)))
    checked(odbc.SQLDriverConnect(connection, None, text.encode(), len(text.encode()), None, 0, None, 0))
    checked(odbc.SQLAllocHandle(STATEMENT, connection, ctypes.byref(statement)))
    checked(odbc.SQLTablePrivileges(statement, None, 0, schema.encode(), len(schema), table.encode(), len(table)))
    found = []
    while (result := odbc.SQLFetch(statement)) != NO_ROW:
        checked(result)
        found.append([_text(odbc, statement, place) for place in (4, 5, 6)])
    return found


def _text(odbc, statement, place):
    buffer, length = ctypes.create_string_buffer(256), ctypes.c_ssize_t()
    odbc.SQLGetData(statement, place, 1, buffer, len(buffer), ctypes.byref(length))
    return None if length.value < 0 else buffer.value.decode()


def main(step, text="", *arguments):
    if step == "driver":
        return driver()
    text = f"Driver={{{driver()}}};{text}"
    if step == "privileges":
        return privileges(text, *arguments)
    steps = {"tables": tables, "columns": columns, "keys": keys, "query": query, "first": first}
    with pyodbc.connect(text, autocommit=True) as connection:
        return steps[step](connection, *arguments)


print(json.dumps(main(*sys.argv[1:])))
