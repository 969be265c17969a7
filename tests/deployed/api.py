"""The HTTP API: once through the gateway, otherwise its function, invoked like API Gateway does."""

import base64
import json
import os
import subprocess
import time
from http.client import HTTPConnection
from urllib.parse import quote, unquote, urlsplit

from events import added, at, organization_created, plain, user_created
from stack import wait


def checks(stack, roster, issuer):
    api = Api(stack, roster, issuer)
    yield "the gateway forwards all paths to the API's function", routes, stack
    yield "health and the OpenAPI document need no token", alive, api
    yield "a service reads members of an organization and evaluates permissions", reads, stack, api
    yield "a cursor continues a list for the same caller and request only", pages, stack, api
    yield "a user sees only its own organizations, and without a token nothing", sees, api
    yield "an id with special characters is found only by its own path or query", finds, stack, api


class Api:
    """The deployed function, and a local token issuer that it trusts."""

    def __init__(self, stack, roster, issuer):
        self.stack, self.roster, self.issuer = stack, roster, issuer

    def token(self, *bearer):
        command = [self.roster, "token", *bearer, "--api-port", self.issuer]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def ask(self, method, path, token=None, body=None, query=""):
        """Sends a request with a client's path, and returns the status, headers and body."""
        path = unquote(path, errors="replace")  # API Gateway decodes the path, and nothing else.
        headers = {"host": "api.example", "x-request-id": "deployed"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if body is not None:
            headers["content-type"] = "application/json"
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "tests"}
        event = {
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": headers, "isBase64Encoded": False,
            "requestContext": {
                "accountId": "000000000000", "apiId": "api", "domainName": "api.example",
                "domainPrefix": "api", "http": http, "requestId": "deployed",
                "routeKey": "$default", "stage": "$default",
                "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": int(time.time() * 1000),
            },
        }
        if body is not None:
            event["body"] = json.dumps(body)
        answer = self.stack.functions.invoke(
            FunctionName=self.stack.api_function, Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        text = payload.get("body") or ""
        if payload.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        headers = {name.lower(): value for name, value in payload["headers"].items()}
        return payload["statusCode"], headers, json.loads(text)


def routes(stack):
    """The emulator's gateway selects an API by the host of the request. It answers /health itself."""
    headers = {"host": urlsplit(stack.api_url).netloc, "x-request-id": "routed"}
    for path, status in [("/openapi.json", 200), ("/organizations/acme", 401)]:
        gateway = HTTPConnection(urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc, timeout=30)
        gateway.request("GET", path, headers=headers)
        answer = gateway.getresponse()
        assert answer.status == status, (path, answer.status, answer.read())
        assert answer.headers["x-request-id"] == "routed", answer.headers


def alive(api):
    status, headers, _ = api.ask("GET", "/health")
    assert status == 200 and headers["x-request-id"] == "deployed", (status, headers)
    status, _, document = api.ask("GET", "/openapi.json")
    assert status == 200 and document["openapi"].startswith("3.1"), status


def reads(stack, api):
    for event in [
        organization_created("api-1", "api-org", "Org of the API", at(1)),
        organization_created("api-2", "api-other", "Other of the API", at(1)),
        user_created("api-3", "api-ada", "Ada Byron of api", "Ada.Byron@api.example", at(1)),
        added("api-4", "api-org", "api-ada", "reader", at(1)),
    ]:
        stack.send(plain(event))
    wait("the last of them", lambda: stack.item("ORG#api-org", "USER#api-ada"))
    stack.settle()
    token = api.token("--service")
    email = "email=Ada.Byron@api.example"
    status, _, owner = api.ask("GET", "/users", token, query=email)
    assert status == 200 and owner["userId"] == "api-ada", (status, owner)
    status, _, page = api.ask("GET", "/organizations/api-org/users", token)
    assert status == 200 and page["complete"] and page["consistent"], (status, page)
    (member,) = page["items"]
    assert (member["userId"], member["role"]) == ("api-ada", "reader"), member
    for action, decision in [("members:read", True), ("members:manage", False)]:
        question = {
            "subject": {"type": "user", "id": "api-ada"},
            "action": {"name": action},
            "resource": {"type": "organization", "id": "api-org"},
        }
        status, _, answer = api.ask("POST", "/access/v1/evaluation", token, question)
        assert status == 200 and answer["decision"] is decision, (status, answer)


def pages(stack, api):
    for n in range(3):
        stack.send(plain(added(f"api-page-{n}", "api-org", f"api-page-{n}", "reader", at(1))))
    wait("the last of them", lambda: stack.item("ORG#api-org", "USER#api-page-2"))
    stack.settle()
    service, ada = api.token("--service"), api.token("--user", "api-ada")
    path, found, query = "/organizations/api-org/users", [], "limit=1"
    while query:
        status, _, page = api.ask("GET", path, service, query=query)
        assert status == 200, (status, page)
        found += [member["userId"] for member in page["items"]]
        cursor = page.get("next")
        query = cursor and f"limit=1&cursor={cursor}"
        if cursor:
            # Encrypted with a key derived by KMS, for this caller and this request.
            assert "api-" not in base64.urlsafe_b64decode(cursor + "==").decode("latin-1")
            assert api.ask("GET", path, ada, query=query)[0] == 400
            assert api.ask("GET", "/roles", service, query=query)[0] == 400
    assert found == sorted(["api-ada", *(f"api-page-{n}" for n in range(3))]), found


def sees(api):
    token = api.token("--user", "api-ada")
    assert api.ask("GET", "/organizations/api-org", token)[0] == 200
    for path in ["/organizations/api-other", "/organizations/nothing", "/users/somebody"]:
        status, headers, problem = api.ask("GET", path, token)
        assert status == 404, (path, status)
        assert headers["content-type"] == "application/problem+json", headers
        assert problem["requestId"] == "deployed", problem
    status, headers, _ = api.ask("GET", "/organizations/api-org")
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="roster"'), headers


def finds(stack, api):
    ids = ["gw-victim", "gw-victim#x", "gw%2Dvictim", "gw-victim/organizations", "gw-é "]
    for n, id in enumerate(ids):
        email = f"victim.{n}@api.example"
        stack.send(plain(user_created(f"api-id-{n}", id, f"Victim {n} of api", email, at(1))))
    wait("the last of them", lambda: stack.item(f"USER#{ids[-1]}", "PROFILE"))
    stack.settle()
    token = api.token("--service")
    for id in ids:
        status, _, user = api.ask("GET", "/users/-", token, query="id=" + quote(id, safe=""))
        assert status == 200 and user["userId"] == id, (id, status, user)
        status, _, answer = api.ask("GET", "/users/" + quote(id, safe=""), token)
        if "#" in id or "%" in id:
            assert status == 400 and answer["field"] == "path", (id, status, answer)
        elif "/" in id:
            assert status == 200 and answer["items"] == [], (id, status, answer)
        else:
            assert status == 200 and answer["userId"] == id, (id, status, answer)
