"""Runs in the clients' own environment: drives Webshare's official client by a list of steps, and tells what it got.

Standard input is {"address", "style": "sync" | "async", "tokens": {name: token}, "steps": [step]}; a step is
{"as": name of a token or "" for none, "call": method of `client.referral`, "with": its arguments, "iterate": bool,
"subuser": id}. Standard output is a list with what each step came to: the client's own objects as JSON, or its error.
"""

import asyncio
import dataclasses
import json
import sys

import webshare


def options(order, step):
    chosen = {"api_key": order["tokens"][step["as"]]} if step["as"] else {"unauthenticated": True}
    if step.get("subuser"):
        chosen["subuser_id"] = step["subuser"]
    return {"base_url": order["address"], "timeout": 20, **chosen}


def drive(order):
    told = []
    for step in order["steps"]:
        with webshare.Webshare(**options(order, step)) as client:
            try:
                found = getattr(client.referral, step["call"])(**step.get("with", {}))
                told.append(show([each for each in found] if step.get("iterate") else found))  # noqa: C416
            except webshare.WebshareError as error:
                told.append(tell(error))
    return told


async def drive_async(order):
    told = []
    for step in order["steps"]:
        async with webshare.AsyncWebshare(**options(order, step)) as client:
            try:
                found = await getattr(client.referral, step["call"])(**step.get("with", {}))
                told.append(show([each async for each in found] if step.get("iterate") else found))
            except webshare.WebshareError as error:
                told.append(tell(error))
    return told


def show(found):
    if isinstance(found, list):
        return [show(each) for each in found]
    if dataclasses.is_dataclass(found):
        return {"type": type(found).__name__, **dataclasses.asdict(found)}
    if hasattr(found, "results"):
        return {"type": type(found).__name__, "count": found.count, "results": show(found.results)}
    return found


def tell(error):
    return {
        "error": type(error).__name__,
        "status": error.status_code,
        "code": error.code,
        "detail": error.detail,
        "fields": error.field_errors,
        "body": error.body,
        "retry_after": error.retry_after,
    }


if __name__ == "__main__":
    order = json.load(sys.stdin)
    answer = asyncio.run(drive_async(order)) if order["style"] == "async" else drive(order)
    json.dump(answer, sys.stdout, default=lambda value: value.isoformat())
