"""Holds requests against AWS's own models of its services, as botocore carries them. One JSON document a line, in and out.

In:  {"service": the signature's service, "method", "path", "query", "headers", "body": base64}
Out: {"service", "operation", "protocol", "params", "wrong": [what the models do not allow]}
In:  {"alter": {"protocol", "body": base64, "edits": [[path, value], ...]}}   answers of AWS with members changed;
     a step of a path is a member's name, an item's number, {"find": [member, value]} or in XML {"entry": key}; a path
     that is null replaces the whole body
Out: {"body": base64}
In:  {"translate": {"body": base64, "from": partition, "to": partition}}   CBOR with every ARN in another partition
Out: {"body": base64}
In:  {"turn": {"service", "operation", "params"}}   a question by a token that `page` gave
Out: {"body": base64, or null when it is no such question}
In:  {"page": {"service", "operation", "protocol", "params", "body": base64, "size", "lose": whether what comes after is lost}}
Out: {"body": base64 of the first page, or null when this call has no pages, "items": how many there are}
In:  {"members": [service, shape]}
Out: {"members": {name: [type, example]}}
"""

import base64
import datetime
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET

import cbor2
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

# The name in a signature is not always the model's.
MODELS = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}
models = {}


def model_of(service):
    name = MODELS.get(service, service)
    if name not in models:
        models[name] = ServiceModel(Loader().load_service_model(name, "service-2"), name)
    return models[name]


def local(tag):
    return tag.rsplit("}", 1)[-1]


# ---- requests become parameters ----------------------------------------------------------------------------------


def scalar(shape, value):
    """A value of a form, a path, a header or XML, which are all text."""
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name in ("float", "double"):
        return float(value)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return value


def from_json(shape, value):
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {(s.serialization.get("name") or name): (name, s) for name, s in shape.members.items()}
        return {members[k][0] if k in members else k: from_json(members[k][1], v) if k in members else v for k, v in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [from_json(shape.member, v) for v in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {k: from_json(shape.value, v) for k, v in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    return value


def from_form(shape, form, prefix):
    under = lambda p: any(k == p or k.startswith(p + ".") for k in form)
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            key = member.serialization.get("name") or name
            key = f"{prefix}.{key}" if prefix else key
            if under(key):
                found[name] = from_form(member, form, key)
        return found
    if shape.type_name == "list":
        if not shape.serialization.get("flattened"):
            prefix = f"{prefix}.{shape.member.serialization.get('name') or 'member'}"
        found, n = [], 1
        while under(f"{prefix}.{n}"):
            found.append(from_form(shape.member, form, f"{prefix}.{n}"))
            n += 1
        return found
    if shape.type_name == "map":
        key, value = shape.key.serialization.get("name") or "key", shape.value.serialization.get("name") or "value"
        if not shape.serialization.get("flattened"):
            prefix += ".entry"
        found, n = {}, 1
        while under(f"{prefix}.{n}"):
            found[form[f"{prefix}.{n}.{key}"]] = from_form(shape.value, form, f"{prefix}.{n}.{value}")
            n += 1
        return found
    return scalar(shape, form.get(prefix, ""))


def from_xml(shape, node):
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            key = (member.serialization.get("name") or name).rsplit(":", 1)[-1]
            if member.type_name == "list" and member.serialization.get("flattened"):
                items = [n for n in node if local(n.tag) == key]
                if items:
                    found[name] = [from_xml(member.member, n) for n in items]
                continue
            for child in node:
                if local(child.tag) == key:
                    found[name] = from_xml(member, child)
        return found
    if shape.type_name == "list":
        return [from_xml(shape.member, child) for child in node]
    return scalar(shape, node.text or "")


def rest(model, request, body):
    """The operation whose method and path fit best, and its parameters."""
    query = dict(urllib.parse.parse_qsl(request["query"], keep_blank_values=True))
    best = None
    for name in model.operation_names:
        if model.operation_model(name).deprecated:
            continue
        http = model.operation_model(name).http
        path, _, static = http["requestUri"].partition("?")
        static = dict(urllib.parse.parse_qsl(static, keep_blank_values=True))
        pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(path).rstrip("/"))
        found = re.fullmatch(pattern, request["path"].rstrip("/")) if http["method"] == request["method"] else None
        if found and all(k in query and (not v or query[k] == v) for k, v in static.items()):
            # The more of it is fixed, the better it fits.
            rank = (len(static), len(re.sub(r"{[^}]*}", "", path)))
            if best is None or rank > best[0]:
                best = (rank, name, found.groupdict(), static)
    if best is None:
        return None, {}
    _, name, labels, static = best
    shape, params, rest_of = model.operation_model(name).input_shape, {}, {}
    if shape is None:
        return name, {}
    headers = {k.lower(): v for k, v in request["headers"].items()}
    many = urllib.parse.parse_qs(request["query"], keep_blank_values=True)
    for member, s in shape.members.items():
        where, key = s.serialization.get("location"), s.serialization.get("name") or member
        if where == "uri":
            params[member] = scalar(s, urllib.parse.unquote(labels[key]))
        elif where == "querystring" and key in many:
            params[member] = many[key] if s.type_name == "list" else scalar(s, many[key][0])
        elif where == "header" and key.lower() in headers:
            params[member] = scalar(s, headers[key.lower()])
        elif where is None:
            rest_of[member] = s
    payload = shape.serialization.get("payload")
    if payload and body:
        s = shape.members[payload]
        if s.type_name == "structure":
            params[payload] = from_xml(s, ET.fromstring(body)) if "xml" in model.metadata["protocol"] else from_json(s, json.loads(body))
        else:
            params[payload] = body.decode() if s.type_name == "string" else body
    elif body and rest_of and "json" in model.metadata["protocol"]:
        params.update(from_json(shape, json.loads(body)))
    return name, params


# ---- and are held against the model ---------------------------------------------------------------------------------


def beyond(shape, value, path, wrong):
    """What botocore itself does not look at: patterns, longest and greatest, enumerations."""
    if shape is None or value is None:
        return
    limits, kind = shape.metadata, shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                beyond(member, value[name], f"{path}.{name}", wrong)
    elif kind == "list" and isinstance(value, list):
        if "max" in limits and len(value) > limits["max"]:
            wrong.append(f"{path}: {len(value)} items, at most {limits['max']}")
        for item in value:
            beyond(shape.member, item, f"{path}[]", wrong)
    elif kind == "map" and isinstance(value, dict):
        for key, item in value.items():
            beyond(shape.key, key, f"{path} key", wrong)
            beyond(shape.value, item, f"{path}.{key}", wrong)
    elif kind == "string" and isinstance(value, str):
        if "max" in limits and len(value) > limits["max"]:
            wrong.append(f"{path}: {len(value)} characters, at most {limits['max']}")
        if shape.enum and value not in shape.enum:
            wrong.append(f"{path}: {value!r} is none of {shape.enum}")
        pattern = limits.get("pattern")
        if pattern:
            # Some models forget partitions of three words, in which their services stand: aws-us-gov, aws-iso-b.
            pattern = pattern.replace("aws(-[a-z]+)?:", "aws(-[a-z]+)*:")
            try:
                fits = re.search(f"^(?:{pattern})$", value)
            except re.error:  # Java's, which Python does not know
                return
            if not fits:
                wrong.append(f"{path}: {value!r} is not {pattern}")
    elif kind in ("integer", "long", "float", "double") and isinstance(value, (int, float)):
        if "max" in limits and value > limits["max"]:
            wrong.append(f"{path}: {value}, at most {limits['max']}")


def judge(request):
    service, body = request["service"], base64.b64decode(request["body"])
    model = model_of(service)
    headers = {k.lower(): v for k, v in request["headers"].items()}
    params, protocol = {}, model.metadata["protocol"]
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        protocol, operation = "cbor", request["path"].rsplit("/", 1)[-1]
        params = cbor2.loads(body) if body else {}
    elif "x-amz-target" in headers:
        protocol, operation = "json", headers["x-amz-target"].rsplit(".", 1)[-1]
        params = json.loads(body or b"{}")
        if operation in model.operation_names:
            params = from_json(model.operation_model(operation).input_shape, params)
    elif headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        protocol, operation = "query", form.get("Action")
        if operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            params = from_form(shape, form, "") if shape else {}
    else:
        operation, params = rest(model, request, body)
    wrong = []
    if operation not in model.operation_names:
        wrong.append(f"{request['method']} {request['path']}?{request['query']}: no operation {operation} of {service}")
    else:
        shape = model.operation_model(operation).input_shape
        if shape is None:
            wrong += [f"{operation} takes no parameters"] if params else []
        else:
            report = ParamValidator().validate(params, shape).generate_report()
            wrong += report.splitlines()
            beyond(shape, params, operation, wrong)
    return {"service": service, "operation": operation or "", "protocol": protocol, "params": params, "wrong": wrong}


# ---- answers with members changed ---------------------------------------------------------------------------------------


def put(value, last, new):
    """Sets a member of a decoded answer; `null` removes it, `among` adds items to a list."""
    if last == "among":
        # Sorted by the first member, which is how AWS lists what has a name.
        value.extend(new)
        value.sort(key=lambda item: item[next(iter(new[0]))])
    elif new is None:
        value.pop(last, None)
    else:
        value[last] = new


def inside(value, path):
    """What holds the member at the end of a path, with what is missing on the way made. An item of a list is its number."""
    for step, after in zip(path[:-1], path[1:]):
        if isinstance(step, dict):
            member, wanted = step["find"]
            value = next(item for item in value if item.get(member) == wanted)
        elif isinstance(value, list):
            value = value[step]
        else:
            value = value.setdefault(step, [] if isinstance(after, int) or after == "among" else {})
    return value


def put_xml(node, path, new):
    """The same in XML; a step {"entry": key} is the value of a map's entry."""
    for step in path:
        if isinstance(step, dict):
            for entry in list(node):
                if [c.text for c in entry if local(c.tag) == "key"] == [step["entry"]]:
                    node = next(c for c in entry if local(c.tag) == "value")
                    break
            else:
                entry = ET.SubElement(node, "entry")
                ET.SubElement(entry, "key").text = step["entry"]
                node = ET.SubElement(entry, "value")
        elif isinstance(step, int):
            node = list(node)[step]
        else:
            found = [c for c in node if local(c.tag) == step]
            node = found[0] if found else ET.SubElement(node, step)
    for child in list(node):
        node.remove(child)
    if new is None:
        node.text = ""
    elif new.startswith("<"):
        node.append(ET.fromstring(new))
    else:
        node.text = new


def cbor(value):
    # The protocol takes seconds, not texts, for times.
    return cbor2.dumps(value, datetime_as_timestamp=True, timezone=datetime.timezone.utc)


def translate(order):
    def walk(value):
        if isinstance(value, str):
            return value.replace(f"arn:{order['from']}:", f"arn:{order['to']}:")
        if isinstance(value, list):
            return [walk(v) for v in value]
        if isinstance(value, dict):
            return {walk(k): walk(v) for k, v in value.items()}
        return value

    body = base64.b64decode(order["body"])
    return cbor(walk(cbor2.loads(body))) if body else body


def alter(order):
    body, protocol = base64.b64decode(order["body"]), order["protocol"]
    whole = [new for path, new in order["edits"] if path is None]
    if whole:
        return whole[0].encode()
    if protocol in ("query", "rest-xml"):
        root = ET.fromstring(body)
        for path, new in order["edits"]:
            put_xml(root, path, new)
        return ET.tostring(root)
    loads, dumps = (cbor2.loads, cbor) if protocol == "cbor" else (json.loads, lambda v: json.dumps(v).encode())
    value = loads(body or (b"\xa0" if protocol == "cbor" else b"{}"))
    # All are found before one is changed: a name may be among what changes.
    edits = sorted(order["edits"], key=lambda edit: -len(edit[0]))
    places = [inside(value, path) for path, _ in edits]
    for place, (path, new) in zip(places, edits):
        if protocol == "cbor" and new == 1000000000:  # what example() makes of a time
            new = datetime.datetime.fromtimestamp(new, datetime.timezone.utc)
        put(place, path[-1], new)
    return dumps(value)


# ---- lists in pages -------------------------------------------------------------------------------------------------------

# Which calls have pages, and by which members, is botocore's knowledge as well.
pagers, rest_of_list = {}, {}
# With these parameters AWS answers at once, or at least not with an empty page.
WHOLE = {"GetResources": "ResourceARNList"}
NAMED = {"DescribeAlarms": "AlarmNames"}


def pager_of(service, operation):
    name = MODELS.get(service, service)
    if name not in pagers:
        pagers[name] = Loader().load_service_model(name, "paginators-1")["pagination"]
    return pagers[name].get(operation)


def page_of(held, token):
    """The page that a token stands for; what is asked twice is told twice."""
    value, pager, dumps, size, lose, first = held
    at = int(token.rsplit("-", 1)[1])
    keys = [pager["result_key"]] if isinstance(pager["result_key"], str) else pager["result_key"]
    items = [(key, item) for key in keys for item in value.get(key) or []]
    end = at if at == 0 and first else at + size
    page = {key: member for key, member in value.items() if key not in keys}
    for key in keys:
        if key in value:
            page[key] = [item for of, item in items[at:end] if of == key]
    more = end < len(items) and not lose
    if more:
        # Nobody may take what he does not know for a number: a token is a text.
        name, _ = token.rsplit("-", 1)
        page[pager["output_token"]] = f"{name}-{end}" if end else f"{name}-again-0"
    if "more_results" in pager and (more or pager["more_results"] in page):
        page[pager["more_results"]] = more
    return dumps(page)


def turn(order):
    pager = pager_of(order["service"], order["operation"])
    token = str((order["params"] or {}).get(pager["input_token"]) if pager else None)
    held = rest_of_list.get(token.rsplit("-", 1)[0].removesuffix("-again"))
    if held is None:
        return None
    if token.endswith("-again-0"):
        held = (*held[:-1], False)
    return base64.b64encode(page_of(held, token)).decode()


def xml_list(pager, shape):
    """A decoded answer in XML: only its lists are looked into."""
    keys = [pager["result_key"]] if isinstance(pager["result_key"], str) else pager["result_key"]

    def loads(body):
        root = ET.fromstring(body)
        result = next((node for node in root if local(node.tag).endswith("Result")), root)
        value = {local(node.tag): list(node) if local(node.tag) in keys else node.text for node in result}
        return {**value, **{key: value.get(key, []) for key in keys}}

    def dumps(body):
        def write(value):
            root = ET.fromstring(body)
            result = next((node for node in root if local(node.tag).endswith("Result")), root)
            space = result.tag.rsplit("}", 1)[0] + "}" if "}" in result.tag else ""
            for node in [node for node in result if local(node.tag) in (*keys, pager["output_token"], pager.get("more_results"))]:
                result.remove(node)
            for key, member in value.items():
                if key in keys:
                    ET.SubElement(result, space + key).extend(member)
                elif key in (pager["output_token"], pager.get("more_results")) and member is not None:
                    ET.SubElement(result, space + key).text = str(member).lower() if isinstance(member, bool) else member
            return ET.tostring(root)

        return write

    return loads, dumps


def page(order):
    service, operation, params = order["service"], order["operation"], order["params"] or {}
    pager, body, protocol = pager_of(service, operation), base64.b64decode(order["body"]), order["protocol"]
    if pager is None or "result_key" not in pager or params.get(WHOLE.get(operation)):
        return {"body": None, "items": 0}
    if protocol in ("query", "rest-xml"):
        loads, dumps = xml_list(pager, None)
        value, dumps = loads(body), dumps(body)
    else:
        loads, dumps = (cbor2.loads, cbor) if protocol == "cbor" else (json.loads, lambda v: json.dumps(v).encode())
        value = loads(body)
    keys = [pager["result_key"]] if isinstance(pager["result_key"], str) else pager["result_key"]
    name = f"page-{len(rest_of_list)}"
    # A first page may be empty and have more after it; not where the caller says how much he wants.
    first = pager.get("limit_key") not in params and not params.get(NAMED.get(operation))
    rest_of_list[name] = (value, pager, dumps, order["size"], order["lose"], first)
    answer = base64.b64encode(page_of(rest_of_list[name], f"{name}-0")).decode()
    return {"body": answer, "items": sum(len(value.get(key) or []) for key in keys)}


def example(shape):
    """A value of this shape that nobody would set."""
    kind = shape.type_name
    if kind == "structure":
        return {name: example(member) for name, member in shape.members.items()}
    if kind == "list":
        return [example(shape.member)]
    if kind == "map":
        return {"other": example(shape.value)}
    if kind in ("integer", "long"):
        return 7
    if kind in ("float", "double"):
        return 7.5
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return 1000000000
    return shape.enum[-1] if getattr(shape, "enum", None) else "other"


def members(service, name):
    shape = model_of(service).shape_for(name)
    return {member: [s.type_name, example(s)] for member, s in shape.members.items()}


for line in sys.stdin:
    order = json.loads(line)
    try:
        if "alter" in order:
            answer = {"body": base64.b64encode(alter(order["alter"])).decode()}
        elif "translate" in order:
            answer = {"body": base64.b64encode(translate(order["translate"])).decode()}
        elif "turn" in order:
            answer = {"body": turn(order["turn"])}
        elif "page" in order:
            answer = page(order["page"])
        elif "members" in order:
            answer = {"members": members(*order["members"])}
        else:
            answer = judge(order)
    except Exception as error:  # told, so that the run fails and says why
        answer = {"service": order.get("service", ""), "operation": "", "protocol": "", "params": {}, "wrong": [f"the judge: {error!r}: {line[:300]}"]}
    print(json.dumps(answer, default=lambda v: v.decode("latin-1") if isinstance(v, bytes) else str(v)), flush=True)
