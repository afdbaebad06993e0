# SPDX-License-Identifier: BSD-3-Clause
"""The EC2 query protocol by botocore's description of the API: forms into parameters, results into XML.

Nothing here is ours but the walk: which parameters an action has, what its answer looks like and how both are
spelled comes from the service model that AWS publishes with its own client."""
from xml.sax.saxutils import escape

from botocore.loaders import Loader
from botocore.model import ServiceModel

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
MODEL = ServiceModel(Loader().load_service_model("ec2", "service-2", "2016-11-15"), "ec2")


class Refused(Exception):
    """An error answer: status, Code, Message."""

    def __init__(self, status, code, message):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def operation(action):
    if action not in MODEL.operation_names:
        raise Refused(400, "InvalidAction", f"The action {action} is not valid for this web service.")
    return MODEL.operation_model(action)


# ---- forms -----------------------------------------------------------------------------------------

def _query_name(name, shape):
    """How a member is spelled in a form (botocore.serialize, EC2Serializer)."""
    if "queryName" in shape.serialization:
        return shape.serialization["queryName"]
    name = shape.serialization.get("name", name)
    return name[0].upper() + name[1:]


def _scalar(shape, text, path):
    if shape.type_name == "boolean":
        if text not in ("true", "false"):
            raise Refused(400, "InvalidParameterValue", f"{path}: {text}")
        return text == "true"
    if shape.type_name in ("integer", "long"):
        return int(text)
    allowed = getattr(shape, "enum", None)
    if allowed and text not in allowed:
        raise Refused(400, "InvalidParameterValue", f"Value ({text}) for parameter {path} is invalid.")
    return text


def _read(shape, form, path, taken):
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            below = (path + "." if path else "") + _query_name(name, member)
            value = _read(member, form, below, taken)
            if value is not None:
                found[name] = value
        return found or None
    if shape.type_name == "list":
        found, number = [], 1
        while True:
            value = _read(shape.member, form, f"{path}.{number}", taken)
            if value is None:
                return found or None
            found.append(value)
            number += 1
    if path not in form:
        return None
    taken.add(path)
    return _scalar(shape, form[path], path)


def parameters(action, form):
    """The form of a request as the client would have been given it. Refused for what the API has not, or
    what is missing."""
    shape = operation(action).input_shape
    taken = {"Action", "Version"}
    found = (_read(shape, form, "", taken) if shape else None) or {}
    if form.get("Version") != "2016-11-15":
        raise Refused(400, "NoSuchVersion", f"The requested version ({form.get('Version')}) is not valid")
    unknown = sorted(set(form) - taken)
    if unknown:
        raise Refused(400, "UnknownParameter", f"The parameter {unknown[0]} is not recognized")
    for name in shape.required_members if shape else []:
        if name not in found:
            raise Refused(400, "MissingParameter", f"The request must contain the parameter {name}")
    return found


# ---- answers ---------------------------------------------------------------------------------------

def _write(shape, value):
    if shape.type_name == "structure":
        return "".join(_element(member.serialization.get("name", name), member, value[name])
                       for name, member in shape.members.items() if value.get(name) is not None)
    if shape.type_name == "list":
        tag = shape.member.serialization.get("name", "item")
        return "".join(_element(tag, shape.member, item) for item in value)
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return escape(str(value))


def _element(tag, shape, value):
    return f"<{tag}>{_write(shape, value)}</{tag}>"


def answer(action, result):
    """XML of a result that is written as the client would return it. A name the API has not is a mistake."""
    shape = operation(action).output_shape
    unknown = set(result) - set(shape.members if shape else {})
    assert not unknown, f"{action} has no {unknown}"
    body = _write(shape, result) if shape else "<return>true</return>"
    return (f'{HEAD}<{action}Response xmlns="{NAMESPACE}"><requestId>5d7c1e42-0000-4000-8000-1ab0000ab000'
            f"</requestId>{body}</{action}Response>")


def error(code, message):
    return (f"{HEAD}<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            "</Errors><RequestID>5d7c1e42-0000-4000-8000-1ab0000ab001</RequestID></Response>")
