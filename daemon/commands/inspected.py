"""How `listkeeper inspect` prints what it found."""

from __future__ import annotations

from typing import Any

from daemon import output
from daemon.output import Column


def print_inspected(result: dict[str, Any]) -> None:
    """Print what a file is and says."""
    kinds = {
        "acs": "an ACS notification file",
        "list": "a list file",
        "ncoa": "an answer of NCOALink",
        "cass": "an answer of CASS",
    }
    what = kinds.get(result["kind"], "no file we read")
    output.heading(f"{result['file']}: {what}")
    output.facts([*_file(result), *_shipment(result), *_list_facts(result), *_answer_facts(result)])
    if result["kind"] == "acs" and "header" in result:
        _print_notification(result)
    elif result["kind"] == "list" and "read" in result:
        _print_list(result)
    elif result["kind"] in ("ncoa", "cass") and "read" in result:
        _print_answer(result)
    if result["status"] == "set_aside":
        output.say()
        who = "list import" if result["kind"] == "list" else "apply"
        output.say(f"{who} would set it aside: {result['error']}", "bold red")
    if result.get("problems"):
        output.say()
        rows = [(each["line"], each["field"], each["reason"]) for each in result["problems"]]
        output.table([Column("line", number=True), "field", Column("set aside for", wraps=True)], rows)
    output.warnings(result.get("warnings"))


def _file(result: dict[str, Any]) -> list[tuple[str, object]]:
    return [
        ("layout", result.get("layout")),
        ("member", result.get("member")),
        ("bytes", result["bytes"]),
        ("sha256", result["sha256"]),
    ]


def _shipment(result: dict[str, Any]) -> list[tuple[str, object]]:
    if result["kind"] != "acs" or "header" not in result:
        return []
    header = result["header"]
    unreadable = f", {result['rejected']:,} that cannot be read" if result["rejected"] else ""
    return [
        ("shipment", f"{header['shipment_number']} of {header['create_date']}, customer {header['customer_id']}"),
        ("header says", f"{header['total']:,} records: {header['coa']:,} COAs, {header['nixie']:,} nixies"),
        ("found", f"{result['read']:,} records: {result['coa']:,} COAs, {result['nixie']:,} nixies{unreadable}"),
        ("charges", _charges(result.get("charges"))),
        ("accounts", ", ".join(f"{code or 'none'} ({count:,})" for code, count in result["accounts"].items())),
        ("companions", ", ".join(f"{each['kind']} {each['file']}" for each in result.get("companions", []))),
    ]


def _print_notification(result: dict[str, Any]) -> None:
    groups = result["header"]["groups"]
    if groups:
        output.say()
        columns: list[Column | str] = [
            "header group",
            *(Column(name, number=True) for name in ("records", "COAs", "nixies", "fee")),
        ]
        rows = [(name, each["records"], each["coa"], each["nixie"], each["fee"]) for name, each in groups.items()]
        output.table(columns, rows)
    output.say()
    codes = [
        (kind, each["code"] or "–", each["records"], each["meaning"])
        for kind, of_kind in result["codes"].items()
        for each in of_kind
    ]
    output.table(["kind", "code", Column("records", number=True), Column("meaning", wraps=True)], codes)
    if result["records"]:
        output.say()
        if len(result["records"]) < result["read"]:
            output.say(f"The first {len(result['records'])} records:")
        shown = [
            (each["line"], f"{each['kind']} {each['code'] or each['move_type']}", each["key"], each["name"], _way(each))
            for each in result["records"]
        ]
        output.table([Column("line", number=True), "record", "key", "name", Column("address", wraps=True)], shown)


def _charges(charges: dict[str, str | None] | None) -> str:
    if not charges:
        return ""
    said = f"{charges['counted']} counted"
    return f"{said}, header says {charges['header']}" if charges["header"] is not None else said


def _way(record: dict[str, Any]) -> str:
    if record["new_address"]:
        return f"{record['old_address']} → {record['new_address']}"
    return str(record["old_address"])


def _list_facts(result: dict[str, Any]) -> list[tuple[str, object]]:
    if result["kind"] != "list" or "read" not in result:
        return []
    return [
        ("rows", f"{result['read']:,}, of which {result['rejected']:,} cannot be taken"),
        ("our columns", ", ".join(result["columns"])),
        ("client's own", ", ".join(result["extra_columns"])),
        ("keylines", _keylines(result.get("keylines"))),
    ]


def _print_list(result: dict[str, Any]) -> None:
    if result["records"]:
        output.say()
        if len(result["records"]) < result["read"]:
            output.say(f"The first {len(result['records'])} records:")
        rows = [(each["record_id"], each["name"], each["address"]) for each in result["records"]]
        output.table(["record", "name", Column("address", wraps=True)], rows)


def _answer_facts(result: dict[str, Any]) -> list[tuple[str, object]]:
    if result["kind"] not in ("ncoa", "cass") or "read" not in result:
        return []
    return [
        ("preset", f"{result['preset']}: {result['title']}"),
        ("container", f"{result['container']}, rows {result['row_model'].replace('_', ' ')}"),
        ("engine", result["engine"]),
        ("certified", "" if result["certified"] else "no: it says so itself"),
        ("locked", result["lock"]),
        ("rows", f"{result['read']:,}, of which {result['rejected']:,} cannot be read"),
        ("as well", "it can be read as an answer of CASS, too" if result["also"] else ""),
    ]


def _print_answer(result: dict[str, Any]) -> None:
    output.say()
    codes = [(each["code"] or "–", each["records"], each["meaning"]) for each in result["codes"]]
    output.table(["code", Column("records", number=True), Column("meaning", wraps=True)], codes)
    if result["records"]:
        output.say()
        if len(result["records"]) < result["read"]:
            output.say(f"The first {len(result['records'])} rows:")
        rows = [
            (each["line"], each["record_id"], each["code"] or "–", each["move_date"], each["address"])
            for each in result["records"]
        ]
        output.table(
            [Column("line", number=True), "record", "code", "moved", Column("address of the answer", wraps=True)], rows
        )


def _keylines(keylines: dict[str, int] | None) -> str:
    if not keylines or not keylines["given"]:
        return ""
    return f"{keylines['given']:,} given, {keylines['without_check_digit']:,} whose check digit is wrong"
