# SPDX-License-Identifier: ISC
"""A trace that was made up, and how tumen-record(5) writes it down."""
import dataclasses
import datetime
import hashlib
import uuid

EPOCH = datetime.datetime(1970, 1, 1)
FIRST_PORT, DPORT, MAX_TTL = 24576, 33434, 32


@dataclasses.dataclass(slots=True)
class Reply:
    attempt: int
    tx_us: int
    rtt_us: int
    addr: str
    reply_ttl: int
    icmp_type: int = 11
    icmp_code: int = 0
    ipid: int = 0
    late: bool = False
    reply_no: int = 0


@dataclasses.dataclass(slots=True)
class Silence:
    attempt: int
    tx_us: int


@dataclasses.dataclass(slots=True)
class Trace:
    """hops: for each TTL from 1 what came of its probes, in their order. beyond: what
    came of tumen-probe's last probe behind the gap limit, at the highest TTL; it is
    not in the warts, as scamper sends none."""
    vantage: str
    src: str
    target: str
    prefix: str
    flow: int
    seq: int
    start_us: int
    hops: list
    beyond: list = dataclasses.field(default_factory=list)
    stop: str = "gap"
    attempts: int = 2
    gap: int = 5
    dport: int = DPORT

    @property
    def sport(self):
        return FIRST_PORT + self.flow

    @property
    def probed(self):
        return len(self.hops)

    @property
    def sent(self):
        return sum(getattr(p, "reply_no", 0) == 0 for hop in self.hops for p in hop)

    @property
    def id(self):
        """The UUID of version 8 that the record's key makes."""
        key = self.vantage.encode() + b"\0" + b"".join(
            n.to_bytes(8, "big") for n in (0, self.seq, self.start_us))
        text = str(uuid.UUID(bytes=hashlib.sha256(key).digest()[:16], version=4))
        return text[:14] + "8" + text[15:]

    @property
    def refused(self):
        """The TTL where a router said unreachable, or 0."""
        return len(self.hops) if self.stop == "unreachable" else 0

    def replies(self):
        """(ttl, reply), ascending."""
        for ttl, hop in enumerate(self.hops, 1):
            for p in hop:
                if isinstance(p, Reply):
                    yield ttl, p

    def first(self, ttl):
        """Who answered first at a TTL, or None."""
        hop = self.hops[ttl - 1] if ttl <= len(self.hops) else ()
        return next((p.addr for p in hop if isinstance(p, Reply)), None)

    def ndjson(self):
        start = (EPOCH + datetime.timedelta(microseconds=self.start_us)).isoformat(
            timespec="microseconds")
        rows = list(enumerate(self.hops, 1)) + [(MAX_TTL, self.beyond)] * bool(self.beyond)
        hops = ",".join(f'{{"ttl":{ttl},"probes":[{",".join(map(probe, hop))}]}}'
                        for ttl, hop in rows)
        stop = "reached" if any(isinstance(p, Reply) for p in self.beyond) else self.stop
        last = max((p.tx_us for hop in self.hops for p in hop), default=self.start_us)
        return (f'{{"record":"trace","v":1,"id":"{self.id}","vantage":"{self.vantage}",'
                f'"campaign":null,"run":null,"epoch":0,"seq":{self.seq},'
                f'"target":"{self.target}","prefix":"{self.prefix}","method":"udp",'
                f'"port":null,"flow":{self.flow},"src":"{self.src}","sport":{self.sport},'
                f'"dport":{self.dport},"start":"{start}Z","start_us":{self.start_us},'
                f'"duration_us":{last - self.start_us + 2000000},"stop":"{stop}",'
                f'"stop_detail":null,"hops":[{hops}],"tool":"made up","clock_step":false,'
                f'"drops":0,"control":false}}\n')


def probe(p):
    if isinstance(p, Silence):
        return (f'{{"attempt":{p.attempt},"reply_no":0,"tx_us":{p.tx_us},"tx_ns":0,'
                '"rtt_us":null,"addr":null,"reply_ttl":null,"reply_ipid":null,'
                '"quoted_ttl":null,"quoted_tos":null,"icmp_type":null,"icmp_code":null,'
                '"tcp_flags":null,"mpls":[],"ext":[],"proof":null,"silent":"unknown",'
                '"late":false}')
    return (f'{{"attempt":{p.attempt},"reply_no":{p.reply_no},"tx_us":{p.tx_us},"tx_ns":0,'
            f'"rtt_us":{p.rtt_us}.000,"addr":"{p.addr}","reply_ttl":{p.reply_ttl},'
            f'"reply_ipid":{p.ipid},"quoted_ttl":1,"quoted_tos":0,"icmp_type":{p.icmp_type},'
            f'"icmp_code":{p.icmp_code},"tcp_flags":null,"mpls":[],"ext":[],"proof":"both",'
            f'"silent":null,"late":{"true" if p.late else "false"}}}')
