# SPDX-License-Identifier: ISC
"""What the documents of other tools' formats say of a trace, for test_export.py."""
import decimal

# What the documents of the formats say, as [path of keys, types, must it be there]; of
# what is not listed nothing is said but that only "tumen" is ours. What a record does
# not know is null, or not there.
# https://atlas.ripe.net/docs/apis/result-format/#version-5000 (traceroute)
INT, TEXT, LIST, MAP, REAL = int, str, list, dict, (int, decimal.Decimal)
NONE = type(None)
ATLAS = {
    "": dict(fw=INT, af=INT, dst_addr=TEXT, dst_name=TEXT, endtime=(INT, NONE), timestamp=INT, lts=INT,
             msm_id=(INT, NONE), prb_id=(INT, NONE), msm_name=TEXT, paris_id=INT, proto=TEXT,
             result=LIST, size=(INT, NONE), type=TEXT),
    "optional": {"from": (TEXT, NONE), "src_addr": (TEXT, NONE), "mver": TEXT, "bundle": INT, "group_id": INT,
                 "ttr": REAL, "stored_timestamp": INT, "tumen": MAP},
    "reply": {"from": TEXT, "ttl": INT, "rtt": REAL, "late": INT, "size": INT, "err": (INT, TEXT),
              "dup": (bool, INT), "ittl": INT, "itos": INT, "edst": TEXT, "mtu": INT,
              "flags": TEXT, "icmpext": MAP, "x": TEXT, "error": TEXT, "tumen": MAP},
}
# sc_warts2json(1), of scamper 20230614 and later (trace)
STOPS = "NONE COMPLETED UNREACH ICMP LOOP GAPLIMIT ERROR HOPLIMIT GSS HALTED INPROGRESS".split()
TIME = {"sec": INT, "usec": INT}
SCAMPER = {
    "": dict(type=TEXT, version=TEXT, method=TEXT, dst=TEXT, stop_reason=TEXT,
             stop_data=INT, start=MAP, hop_count=INT),
    "optional": dict(src=TEXT, userid=INT, sport=INT, dport=INT, icmp_sum=INT, attempts=INT, hoplimit=INT,
                     firsthop=INT, wait=INT, wait_probe=INT, tos=INT, probe_size=INT,
                     probe_count=INT, monitor=TEXT, flags=LIST, rtr=TEXT, errmsg=TEXT, hops=LIST,
                     no_hops=LIST, extra_hops=LIST, extra_no_hops=LIST, tumen=MAP, list_id=INT),
    "hop": dict(addr=TEXT, name=TEXT, probe_ttl=INT, probe_id=INT, probe_size=INT, tx=MAP, rtt=REAL,
                reply_ttl=INT, reply_tos=INT, reply_ipid=INT, reply_size=INT, icmp_type=INT,
                icmp_code=INT, icmp_q_ttl=INT, icmp_q_ipl=INT, icmp_q_tos=INT, tcp_flags=INT,
                icmpext=LIST, flags=LIST, tumen=MAP),
}


def misfit(one, must, may):
    """What of an object is not as it is documented."""
    for key in must.keys() - one.keys():
        return f"no {key}"
    for key, value in one.items():
        kinds = must.get(key, may.get(key))
        if kinds is None or not isinstance(value, kinds):
            return f"{key}: {value!r}"[:200]
    return None


def atlas_reply(p):
    bad = misfit(p, {}, ATLAS["reply"])
    if bad:
        return bad
    if p.keys() == {"tumen"}:  # one more late reply: it stands as "late" behind the next probe
        return None if p["tumen"]["late"] and p["tumen"]["reply_no"] else f"empty: {p}"
    said = [k for k in ("x", "error", "from") if k in p]
    if len(said) != 1 or p.get("x", "*") != "*":
        return f"neither a reply, nor a timeout, nor an error: {p}"
    if "from" in p and "ttl" not in p and "tumen" not in p:
        return f"no ttl: {p}"
    if isinstance(p.get("err"), str) and p["err"] not in tuple("NHAPph"):
        return f"err: {p['err']}"
    ext = p.get("icmpext", {})
    return misfit(ext, {"version": INT, "rfc4884": (INT, NONE), "obj": LIST} if ext else {}, {}) or next(
        filter(None, (misfit(o, {"class": INT, "type": INT}, {"mpls": LIST}) or next(
            filter(None, (misfit(m, dict(label=INT, exp=INT, s=INT, ttl=INT), {})
                          for m in o.get("mpls", []))), None) for o in ext.get("obj", []))), None)


def atlas_misfit(one):
    bad = misfit(one, ATLAS[""], ATLAS["optional"])
    if bad or one["type"] != "traceroute" or one["proto"] not in ("UDP", "ICMP", "TCP") or one[
            "af"] != 4 or (one["endtime"] or 1 << 62) < one["timestamp"]:
        return bad or f"{one['type']}, {one['proto']}, {one['timestamp']}, {one['endtime']}"
    for hop in one["result"]:
        bad = misfit(hop, {"hop": INT}, {"result": LIST, "error": TEXT})
        for p in hop.get("result", []):
            bad = bad or atlas_reply(p)
        if bad:
            return f"hop {hop['hop']}: {bad}"
    return None


def scamper_misfit(one):
    bad = misfit(one, SCAMPER[""], SCAMPER["optional"]) or misfit(
        one["start"], TIME | {"ftime": TEXT}, {})
    if bad or one["type"] != "trace" or one["version"] != "0.1" or one["stop_reason"] not in STOPS:
        return bad or f"{one['type']}, {one['version']}, {one['stop_reason']}"
    for key in ("hops", "extra_hops", "no_hops", "extra_no_hops"):
        must = {"probe_ttl": INT, "probe_id": INT} | ({} if "no" in key else {"addr": TEXT})
        for hop in one.get(key, []):
            bad = misfit(hop, must, SCAMPER["hop"]) or misfit(hop.get("tx", {}), {}, TIME) or next(
                filter(None, (misfit(e, dict(ie_cn=INT, ie_ct=INT, ie_dl=INT), dict(
                    mpls_labels=LIST)) for e in hop.get("icmpext", []))), None)
            if bad:
                return f"{key}: {bad}"
    return None
