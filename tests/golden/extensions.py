#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Generated ICMP errors with extensions, read by this program and by tshark.

    extensions.py make CAPTURE SEED COUNT
    extensions.py compare CAPTURE SEED COUNT OURS TSHARK-PDML

Both readings are held against what the generator wrote, as RFC 4884, 4950 and
5837 have it. Ours has to equal it in every packet. tshark has to equal it as
well, except for the kinds in DIFFERENCES: there it has to say exactly what the
list predicts, and to differ at least once in each."""

import json
import random
import struct
import sys
import xml.etree.ElementTree as xml

# Where tshark 4.0.17 and the RFCs, read with a router in mind, differ.
DIFFERENCES = {
    'short-quote':
        'the length field says less than 128 octets, which RFC 4884 (3)'
        ' forbids to the sender, but routers do it: the place is named and'
        ' the checksum right. We read it; tshark does not look, unless quote'
        ' and structure together are longer than 128',
    'length-beyond':
        'the length field points behind the end; we fall back to 128 octets'
        ' as for a sender without the field (5.5), tshark calls it malformed',
    'version-swapped':
        'the version 2 stands in the low nibble (0x02); some routers do'
        ' that. We read it, tshark says unsupported',
    'version-other':
        'the version is 1 or 3; RFC 4884 (7) knows 2 alone. We take nothing,'
        ' tshark takes 1 and 3 for 2',
    'bad-checksum':
        'tshark calls the checksum wrong and shows the objects all the same;'
        ' for us a wrong checksum is the sign that this is no structure',
    'cut-object':
        'the length of an object goes beyond the end: it is not all there,'
        ' we end the list before it, tshark shows what is left of it',
    'tiny-object':
        'an object shorter than its own header (8): we end the list before'
        ' it, tshark shows its class',
    'name-last':
        'the name is the last field of an interface: its length counts itself'
        ' (RFC 5837, 4.3). tshark counts it twice and misses the name',
    'cut-interface':
        'a field that the type announces is not there, or has a length or'
        ' family that RFC 5837 (4.2, 4.3) does not know: we decode nothing'
        ' and keep the data; tshark shows what it can (not compared) and, for'
        ' some, no object behind it',
}
ROLES = ['incoming', 'sub-ip', 'outgoing', 'next-hop']
NAMES = ['lo', 'xe-0/1/2', 'TenGigE0/0/0/11.3021', 'ge-0/0/0', 'Пхеньян',
         'e', 'a "b" \\c', 'ae' * 31 + 'x']


def checksum(b):
    s = sum(struct.unpack('!%dH' % ((len(b) + 1) // 2), b + b'\0' * (len(b) % 2)))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s ^ 0xffff


def with_checksum(b, at):
    return b[:at] + struct.pack('!H', checksum(b)) + b[at + 2:]


def ip_packet(r, proto, body, src, dst, ttl):
    options = b'\1' * (4 * r.randrange(1, 10) if r.random() < 0.1 else 0)
    head = struct.pack('!BBHHHBBH4s4s', 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(body), r.randrange(1, 65536),
                       0x4000, ttl, proto, 0, src, dst)
    return with_checksum(head + options, 10) + body


def make_quote(r):
    proto = r.choice([17, 17, 6, 1])
    head = {17: struct.pack('!HHHH', 33456, 33434, 8, r.randrange(1, 65535)),
            6: struct.pack('!HHI', 33456, 80, r.getrandbits(32)),
            1: struct.pack('!BBHHH', 8, 0, r.randrange(65536), 7, 9)}[proto]
    body = head + b'tumen' * r.choice([0, 0, 2, 8, 20, 30])
    return ip_packet(r, proto, body, bytes([192, 0, 2, 1]),
                     bytes([175, 45, 176, 71]), 1)


class Structure:
    """Objects, and what a reader has to make of them."""

    def __init__(self):
        self.bytes, self.objects, self.labels = b'', [], []
        self.shown = []  # the objects as tshark shows them
        self.kinds = set()

    def add(self, cls, ctype, body, **more):
        self.bytes += struct.pack('!HBB', len(body) + 4, cls, ctype) + body
        self.objects.append(dict(cls=cls, type=ctype, data=body.hex(), **more))
        self.shown.append(dict(self.objects[-1]))

    def truth(self):
        if self.kinds & {'bad-checksum', 'version-other'}:
            return [], []
        return self.objects, self.labels

    def as_tshark(self):
        if self.kinds & {'short-quote', 'length-beyond', 'version-swapped'}:
            return [], []
        return self.shown, self.labels

    def mpls(self, r):
        body = b''
        ctype = 1 if r.random() < 0.9 else r.choice([0, 2, 200])
        for _ in range(r.randrange(0, 7)):
            label, tc, s = r.getrandbits(20), r.getrandbits(3), r.getrandbits(1)
            ttl = r.choice([1, 254, 255, r.getrandbits(8)])
            body += struct.pack('!I', label << 12 | tc << 9 | s << 8 | ttl)
            if ctype == 1:
                self.labels.append([label, tc, s, ttl])
        self.add(1, ctype, body + b'\7' * (r.randrange(4) if r.random() < 0.2 else 0))

    def interface(self, r):
        ctype = r.getrandbits(8)
        seen, body = dict(role=ROLES[ctype >> 6], ifindex=None, addr=None,
                          name=None, mtu=None), b''
        if ctype & 8:
            seen['ifindex'] = r.getrandbits(32)
            body += struct.pack('!I', seen['ifindex'])
        if ctype & 4 and r.random() < 0.7:
            a = r.randbytes(4)
            seen['addr'] = '.'.join(map(str, a))
            body += struct.pack('!HH', 1, 0) + a
        elif ctype & 4:
            seen['addr'] = '2001:db8:%x::%x' % (r.randrange(1, 0x10000), r.randrange(1, 0x10000))
            w = seen['addr'].split(':')
            body += struct.pack('!HH8H', 2, 0, 0x2001, 0xdb8, int(w[2], 16),
                                0, 0, 0, 0, int(w[4], 16))
        if ctype & 2:
            seen['name'] = r.choice(NAMES)
            name = seen['name'].encode()
            room = (len(name) + 4) // 4 * 4
            body += bytes([room]) + name.ljust(room - 1, b'\0')
        if ctype & 1:
            seen['mtu'] = r.getrandbits(32)
            body += struct.pack('!I', seen['mtu'])
        if r.random() < 0.15:
            ctype, body = self.broken_interface(r, ctype, body)
            seen = None
        self.add(2, ctype, body, interface=seen)
        if seen and seen['name'] and not ctype & 1:
            self.kinds.add('name-last')
            self.shown[-1]['interface'] = dict(seen, name=None)

    def broken_interface(self, r, ctype, body):
        """One that announces what it does not have."""
        self.kinds.add('cut-interface')
        return r.choice([
            lambda: (ctype | 15, body[:r.randrange(0, 14)]),
            lambda: (0x04, struct.pack('!HHI', r.choice([0, 3, 99]), 0, 7)),
            lambda: (0x02, bytes([r.choice([0, 1, 5, 7, 65, 68, 255])]) + b'n' * 71),
        ])()

    def unknown(self, r):
        cls = r.choice([0, 3, 4, 9, 247, 255, r.randrange(5, 256)])
        self.add(cls, r.getrandbits(8), r.randbytes(r.choice([0, 1, 2, 3, 4, 7, 12, 40])))

    def end(self, r):
        how = r.random()
        if how < 0.05:
            self.kinds.add('cut-object')
            body = r.randbytes(r.randrange(0, 30))
            self.bytes += struct.pack('!HBB', len(body) + 4 + r.choice([1, 2, 4, 60000]),
                                      9, 1) + body
            self.shown.append(dict(cls=9, type=1, data=body.hex()))
        elif how < 0.1:
            self.kinds.add('tiny-object')
            self.bytes += struct.pack('!HBB', r.randrange(4), 9, 1) + r.randbytes(r.randrange(9))
            self.shown.append(dict(cls=9, type=None, data=''))
        elif how < 0.15:  # no room for another header: no object
            self.bytes += b'\0' * r.randrange(1, 4)

    def header(self, r):
        """Version, reserved, checksum; the objects count only if it is good."""
        first = 0x20 | (r.getrandbits(4) if r.random() < 0.1 else 0)
        if r.random() < 0.04:
            first = 0x02
            self.kinds.add('version-swapped')
        elif r.random() < 0.04:
            first = r.choice([0x10, 0x30])
            self.kinds.add('version-other')
        b = with_checksum(bytes([first, 0, 0, 0]) + self.bytes, 2)
        how = r.random()
        if how < 0.2:
            b = b[:2] + b'\0\0' + b[4:]
        elif how < 0.28:
            good = b[2] << 8 | b[3]
            wrong = good ^ 0x101 or 0x202  # 0 would say that there is none
            b = b[:2] + struct.pack('!H', wrong) + b[4:]
            self.kinds.add('bad-checksum')
        return b


def make_structure(r):
    s = Structure()
    for _ in range(r.choice([0, 1, 1, 1, 2, 2, 3, 5])):
        r.choice([s.mpls, s.mpls, s.interface, s.interface, s.unknown])(r)
    s.end(r)
    return s


def pad_quote(r, quote, s):
    """The quote as its sender cut or filled it, and the length field."""
    form = r.random()
    if form < 0.45:
        room = max(128, (len(quote) + 3) // 4 * 4) + 4 * r.choice([0, 0, 0, 1, 9])
        return quote.ljust(room, b'\0'), room // 4
    if form < 0.75:
        return quote[:128].ljust(128, b'\0'), 0
    if form < 0.9:
        room = min((len(quote) + 3) // 4 * 4, 124)
        return quote[:room].ljust(room, b'\0'), room // 4
    s.kinds.add('length-beyond')
    return quote[:128].ljust(128, b'\0'), 255


def make_packet(r):
    quote, words, s, tail = make_quote(r), 0, Structure(), b''
    if r.random() < 0.9:
        s = make_structure(r)
        quote, words = pad_quote(r, quote, s)
        tail = s.header(r)
        if words < 32 and len(quote) + len(tail) <= 128:
            s.kinds.add('short-quote')
    kind = r.choice([(11, 0), (11, 0), (3, 3), (3, 13), (12, 0)])
    icmp = struct.pack('!BBHBBH', *kind, 0, 0, words, 0) + quote + tail
    src = bytes([198, 51, 100, r.randrange(1, 255)])
    return ip_packet(r, 1, with_checksum(icmp, 2), src, bytes([192, 0, 2, 1]), 61), s


def corpus(seed, count):
    r = random.Random(seed)
    return [make_packet(r) for _ in range(count)]


def write(path, packets):
    with open(path, 'wb') as f:  # 228: the packets begin with an IPv4 header
        f.write(struct.pack('>IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 228))
        for p, _ in packets:
            f.write(struct.pack('>IIII', 0, 0, len(p), len(p)) + p)


def our_reading(line):
    said = json.loads(line)
    if 'bad' in said:
        return said['bad'], []
    p = said['probes'][0]
    objects = []
    for o in p['ext']:
        o['cls'] = o.pop('class')
        objects.append(o)
    return objects, [[l['label'], l['tc'], l['s'], l['ttl']] for l in p['mpls']]


class Tshark:
    """The fields of one object after the other, flat, in their order."""

    def __init__(self, packet, raw):
        self.raw, self.objects, self.labels = raw, [], []
        for f in packet.iter('field'):
            take = getattr(self, f.get('name').replace('.', '_'), None)
            if take and f.get('name').startswith('icmp.'):
                take(f.get('show'), f)
        for o in self.objects:
            if o['cls'] != 2 or o['type'] is None:
                o.pop('interface')

    def reading(self):
        return self.objects, self.labels

    def icmp_ext_length(self, show, f):
        at = int(f.get('pos'))
        self.objects.append(dict(cls=None, type=None, interface=dict(
            role=None, ifindex=None, addr=None, name=None, mtu=None),
            data=self.raw[at + 4:at + max(4, int(show))].hex()))

    def icmp_ext_class(self, show, _):
        self.objects[-1]['cls'] = int(show)

    def icmp_ext_ctype(self, show, _):
        self.objects[-1]['type'] = int(show)

    def icmp_mpls_label(self, show, _):
        self.labels.append([int(show)])

    def icmp_mpls_exp(self, show, _):
        self.labels[-1].append(int(show))

    icmp_mpls_s = icmp_mpls_ttl = icmp_mpls_exp

    def interface(self, key, value):
        self.objects[-1]['interface'][key] = value

    def icmp_int_info_role(self, show, _):
        self.interface('role', ROLES[int(show)])

    def icmp_int_info_index(self, show, _):
        self.interface('ifindex', int(show))

    def icmp_int_info_ipv4(self, show, _):
        self.interface('addr', show)

    icmp_int_info_ipv6 = icmp_int_info_ipv4

    def icmp_int_info_name(self, _, f):
        name = bytes.fromhex(f.get('value') or '').split(b'\0')[0]
        self.interface('name', name.decode('utf-8', 'replace'))

    def icmp_int_info_mtu(self, show, _):
        self.interface('mtu', int(show))


class Tap:
    def __init__(self):
        self.n = 0

    def ok(self, good, name, notes=()):
        self.n += 1
        for note in notes:
            print('#', note)
        print('ok' if good else 'not ok', self.n, '-', name)


def without_interface(reading):
    return [{k: o[k] for k in ('cls', 'type', 'data')} for o in reading[0]], reading[1]


def count(packets):
    return '%d packets, %d objects, %d labels' % (
        len(packets), sum(len(s.objects) for _, s in packets),
        sum(len(s.labels) for _, s in packets))


def compare(packets, ours, shark):
    tap, equal, ours_wrong, shark_wrong = Tap(), 0, [], []
    differs = {k: [0, 0] for k in DIFFERENCES}  # how many, how many really
    for i, (raw, s) in enumerate(packets):
        if our_reading(ours[i]) != s.truth():
            ours_wrong.append('%d: %s, not %s' % (i + 1, our_reading(ours[i]), s.truth()))
        t = Tshark(shark[i], raw).reading()
        same = t == s.truth()
        equal += same
        for kind in s.kinds:
            differs[kind][0] += 1
            differs[kind][1] += not same
        predicted = s.as_tshark()
        if 'cut-interface' in s.kinds:
            t, predicted = without_interface(t), without_interface(predicted)
            predicted = tuple(p[:len(q)] for p, q in zip(predicted, t))
        if not same and t != predicted:
            shark_wrong.append('%d: %s: %s, not %s' % (i + 1, sorted(s.kinds), t, predicted))
    n = len(packets)
    tap.ok(len(ours) == len(shark) == n, count(packets))
    tap.ok(not ours_wrong, 'ours: %d of %d as the RFCs have it' % (
        n - len(ours_wrong), n), ours_wrong[:5])
    plain = sum(not s.kinds for _, s in packets)
    tap.ok(not shark_wrong, 'tshark: the same on %d packets, all %d without a named'
           ' difference among them, as predicted on %d' % (
               equal, plain, n - equal - len(shark_wrong)), shark_wrong[:5])
    for kind, why in DIFFERENCES.items():
        tap.ok(differs[kind][1] > 0, '%s: %d packets, tshark differs on %d' % (
            kind, *differs[kind]), [why])
    print('1..%d' % tap.n)


def main():
    command, path, seed, count = sys.argv[1:5]
    packets = corpus(int(seed), int(count))
    if command == 'make':
        write(path, packets)
        return
    with open(sys.argv[5], encoding='utf-8') as f:
        ours = f.read().splitlines()
    compare(packets, ours, xml.parse(sys.argv[6]).getroot().findall('packet'))


if __name__ == '__main__':
    main()
