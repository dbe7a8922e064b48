"""Signs and verifies COSE_Sign1 with python-cwt, which others wrote: calls as JSON on standard input, answers as JSON on standard output.

JSON has no bytes and no keys that are numbers: {"hex": TEXT} stands for bytes, {"map": [[KEY, VALUE], ...]} for a map.
"""
import json
import sys
import zlib

import cbor2
from cwt import COSE, COSEKey
from cwt.utils import ResolvedHeader

ALG, KID, TYP = 1, 4, 16
KEY_KID = 2
STATUS_LIST = 65533


def to_cbor(value):
    if isinstance(value, list):
        return [to_cbor(one) for one in value]
    if isinstance(value, dict):
        if "hex" in value:
            return bytes.fromhex(value["hex"])
        return {key: to_cbor(one) for key, one in value["map"]}
    return value


def from_cbor(value):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, (list, tuple)):
        return [from_cbor(one) for one in value]
    if isinstance(value, dict):
        return {"map": [[key, from_cbor(one)] for key, one in value.items()]}
    return value


def key_of(call):
    """A key with its kid, by which the library finds it; a kid in a JWK is text, and here it is bytes."""
    key = COSEKey.from_jwk({**call["jwk"], "alg": call["alg"]}).to_dict()
    return COSEKey.new({**key, KEY_KID: bytes.fromhex(call["kid"])})


def sign(call):
    header = {ALG: key_of(call).alg, KID: bytes.fromhex(call["kid"]), TYP: call["typ"]}
    payload = call.get("payload")
    content = bytes.fromhex(payload["hex"]) if "hex" in payload else cbor2.dumps(to_cbor(payload), canonical=True)
    signer = COSE.new(deterministic_header=True)
    return {"token": signer.encode(content, key_of(call), protected=ResolvedHeader(header)).hex()}


def verify(call):
    protected, unprotected, payload = COSE.new().decode_with_headers(bytes.fromhex(call["token"]), key_of(call))
    found = {"protected": from_cbor(protected), "unprotected": from_cbor(unprotected), "payload": payload.hex()}
    if call.get("isText"):
        return found
    claims = cbor2.loads(payload)
    found["claims"] = from_cbor(claims)
    if STATUS_LIST in claims:
        found["entries"] = zlib.decompress(claims[STATUS_LIST]["lst"]).hex()
    return found


def answer(call):
    try:
        return {"sign": sign, "verify": verify}[call["op"]](call)
    except Exception as cause:  # The library has no common class for what it refuses.
        return {"refused": f"{type(cause).__name__}: {cause}"}


json.dump([answer(call) for call in json.load(sys.stdin)], sys.stdout)
