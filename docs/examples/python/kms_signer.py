#!/usr/bin/env python3
"""Signs Algorand transactions with a key that Chancery keeps. Python 3.9 and its standard library, nothing else.

    signer = KMSSigner('confio-testnet-sponsor')
    unsigned = PaymentTxn(sender=signer.address, sp=params, receiver=signer.address, amt=0)
    txid = algod_client.send_transaction(signer.sign_transaction(unsigned))

From a shell: kms_signer.py ALIAS [TRANSACTION ...], with transactions as base64 of their MessagePack.
"""
import base64
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 35  # seconds; the service itself gives up a signature after 15


class ChanceryError(Exception):
    """What was not done, and why: the service's own `code`, `detail` and `hint`; or `unreachable`, or `unreadable`."""

    def __init__(self, code, detail, status=0, hint=None, where=None, got=None, wanted=None, checks=(), **_):
        self.code, self.detail, self.status, self.hint, self.checks = code, detail, status, hint, checks
        place = f' ({where}: got {got}, wanted {wanted})' if where else ''
        failed = ''.join(f' ({check["name"]})' for check in checks if not check['ok'])
        super().__init__(f'{code}: {detail}{place}{failed}' + (f'. {hint}' if hint else ''))


class KMSSigner:
    """A key of the service by its alias.

    `url` defaults to CHANCERY_URL; `api_key` to CHANCERY_API_KEY, or to what the file CHANCERY_API_KEY_FILE holds;
    `network` to the one the key is bound to. `region_name` is for calls that still pass it: regions are the service's.
    """

    def __init__(self, key_alias, url=None, api_key=None, network=None, region_name=None):
        self._url = (url or os.environ.get('CHANCERY_URL', 'http://127.0.0.1:9000')).rstrip('/')
        self._api_key = api_key or _api_key_given()
        key = self._ask('GET', f'/v1/keys/{urllib.parse.quote(key_alias, safe="")}')['key']
        if key['family'] != 'algorand':
            raise ValueError(f'{key_alias} is a key of {key["family"]}, not of algorand')
        self._network = network or key.get('network')
        if self._network is None:
            raise ValueError(f'{key_alias} is not bound to a network: name one')
        self._id, self._public_key = key['id'], bytes.fromhex(key['publicKey'][2:])
        self.address = key.get('accounts', [key['address']])[0]

    def sign_transaction(self, unsigned):
        """One transaction: base64 in, base64 out; py-algosdk's Transaction in, its SignedTransaction out."""
        return self.sign_transactions([unsigned])[0]

    def sign_transactions(self, unsigned, indexes=None):
        """Up to 16, in one request and in their order: all of one atomic group, or none in a group.

        Only those at `indexes` are signed, where it is given; in the place of the others there is None.
        """
        sent = [_encoded(txn) for txn in unsigned]
        asked = [{'txn': txn} if indexes is None or i in indexes else {'txn': txn, 'signers': []}
                 for i, txn in enumerate(sent)]
        reply = self._ask('POST', f'/v1/keys/{self._id}/sign', {'network': self._network, 'transactions': asked})
        answers = reply['result']['transactions']
        if len(answers) != len(sent):
            raise ChanceryError('unreadable', f'{len(sent)} transactions were sent, and {len(answers)} came back')
        return [None if 'signers' in item else self._checked(answer, item['txn'], txn)
                for answer, item, txn in zip(answers, asked, unsigned)]

    def _checked(self, signed, sent, given):
        """Whoever hands on another transaction than the one that was sent, sends it."""
        rekeyed = rb'\x83\xa4sgnr\xc4\x20' + re.escape(self._public_key)
        wanted = rb'(\x82|' + rekeyed + rb')\xa3sig\xc4\x40.{64}\xa3txn' + re.escape(base64.b64decode(sent))
        if signed is None or not re.fullmatch(wanted, base64.b64decode(signed), re.DOTALL):
            raise ChanceryError('unreadable', 'what came back is not the transaction that was sent, signed by the key')
        return signed if isinstance(given, str) else _algosdk().msgpack_decode(signed)

    def _ask(self, method, path, body=None):
        headers = {'X-API-Key': self._api_key, 'Content-Type': 'application/json'}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            with _opener.open(request, timeout=TIMEOUT) as reply:
                status, text = reply.status, reply.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        except OSError as error:
            raise ChanceryError('unreachable', f'{self._url} does not answer: {error}') from error
        return _answer(status, text)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # the API key is for this service alone


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _answer(status, text):
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if status == 200 and isinstance(answer, dict):
        return answer
    if isinstance(answer, dict) and 'code' in answer and 'detail' in answer:
        raise ChanceryError(**{**answer, 'status': status})
    raise ChanceryError('unreadable', f'the reply with status {status} is not one of the service', status)


def _api_key_given():
    if 'CHANCERY_API_KEY' in os.environ:
        return os.environ['CHANCERY_API_KEY']
    if 'CHANCERY_API_KEY_FILE' in os.environ:
        with open(os.environ['CHANCERY_API_KEY_FILE'], encoding='utf-8') as file:
            return file.read().strip()
    raise ValueError('no API key: set CHANCERY_API_KEY_FILE or CHANCERY_API_KEY')


def _encoded(txn):
    return txn if isinstance(txn, str) else _algosdk().msgpack_encode(txn)


def _algosdk():
    """py-algosdk's encoding: needed only by those whose transactions are its objects."""
    from algosdk import encoding
    return encoding


if __name__ == '__main__':
    try:
        alias, *transactions = sys.argv[1:] or sys.exit(__doc__)
        kms_signer = KMSSigner(alias)
        print(kms_signer.address, *(kms_signer.sign_transactions(transactions) if transactions else []), sep='\n')
    except (ChanceryError, ValueError) as error:
        sys.exit(f'kms_signer: {error}')
