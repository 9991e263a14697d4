"""What is wrong with a query, as Jira words it."""

OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


class JqlError(Exception):
    def __init__(self, *messages):
        super().__init__(messages[0])
        self.messages = messages


def collected(parts):
    """What each part gives; or, when some are wrong, one error that has the messages of all of them."""
    given, messages = [], []
    for part in parts:
        try:
            given.append(part())
        except JqlError as problem:
            messages += problem.messages
    if messages:
        raise JqlError(*dict.fromkeys(messages))
    return given


def syntax(message, token=None):
    """A syntax error; with a token, its place follows."""
    place = f" (line {token.line}, character {token.column})" if token else ""
    return JqlError(f"Error in the JQL Query: {message}{place}")


def no_field(name):
    return JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")


def no_value(value, field):
    return JqlError(f"The value '{value}' does not exist for the field '{field}'.")


def no_id(value, field):
    return JqlError(f"A value with ID '{value}' does not exist for the field '{field}'.")


def no_operator(operator, field):
    return JqlError(f"The operator '{operator}' is not supported by the '{field}' field.")


def no_function(name):
    return JqlError(f"Unable to find JQL function '{name}()'.")


def no_issue(key, field):
    return JqlError(f"An issue with key '{key}' does not exist for field '{field}'.")


def bad_date(value, field):
    return JqlError(f"Date value '{value}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
                    "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.")
