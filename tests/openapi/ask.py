"""Asks a running API one question with the client that is generated from its document."""

import importlib
import pkgutil
import sys

import roster_client
from roster_client import AuthenticatedClient
from roster_client.api.organizations import list_organization_users
from roster_client.api.users import get_user
from roster_client.models import Problem

for module in pkgutil.walk_packages(roster_client.__path__, "roster_client."):
    importlib.import_module(module.name)

address, token = sys.argv[1:]
with AuthenticatedClient(address, token) as client:
    page = list_organization_users.sync("acme", client=client, limit=1)
    assert page.items[0].user_id == "ada", page
    nobody = get_user.sync("nobody", client=client)
    assert isinstance(nobody, Problem) and nobody.status == 404, nobody
print("openapi.sh: the Python client was answered")
