#!/usr/bin/env python3
"""conf/vecino.conf: every setting that a configuration file may have, with its default and what it means.

usage: sample_conf.py [--write]

Without --write: says how the file differs from what the tables of settings and the sources ask for.
"""
import os
import re
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, "conf", "vecino.conf")
TABLES = ("conf/settings.def", "conf/operation_settings.def")
# They belong to a session or a transaction, or tell where the configuration is.
NOT_IN_FILES = {"config_file", "data_directory", "role", "seed", "session_authorization", "transaction_deferrable",
                "transaction_isolation", "transaction_read_only"}
INTRODUCTION = """\
# Vecino's configuration, in the syntax of postgresql.conf: copy what you want to change to postgresql.conf in the data
# directory, or say `config_file`. Every line shows the default.
#
#   name = value        # a comment; values with special characters in 'single quotes'
#   include 'file', include_if_exists 'file', include_dir 'directory'
#
# Units: B, kB, MB, GB, TB; us, ms, s, min, h, d. Changes are taken on SIGHUP or SELECT pg_reload_conf(), those marked
# (restart) when the server starts. ALTER SYSTEM writes postgresql.auto.conf, which is read after this file; what the
# command line says (-c name=value) stands above both. `vecinod --check-config -D DIR` finds mistakes.
"""


def settings():
    rows = []
    for table in TABLES:
        for line in open(os.path.join(ROOT, table), encoding="utf-8"):
            if not line.startswith("VECINO_SETTING("):
                continue
            fields = re.findall(r'"((?:[^"\\]|\\.)*)"|([^,()"\s]+)', line[len("VECINO_SETTING("):])
            values = [quoted.replace('\\"', '"') if not bare else bare for quoted, bare in fields]
            keys = ("id", "name", "type", "context", "unit", "default", "min", "max", "enums", "report", "group", "text",
                    "extra")
            rows.append(dict(zip(keys, values)))
    return [r for r in rows if r["context"] != "kInternal" and r["name"] not in NOT_IN_FILES and
            r["group"] != "Ungrouped"]


def sources():
    text = []
    for folder in ("conf", "index", "protocol", "server", "sqlfront", "storage"):
        for path, _, files in os.walk(os.path.join(ROOT, folder)):
            for name in files:
                if name.endswith((".cc", ".h")) and name not in ("check_hooks.cc", "alter_system.cc"):
                    text.append(open(os.path.join(path, name), encoding="utf-8").read())
    return "\n".join(text)


def has_effect(row, text):
    uses = (r"SettingId::%s\b" % row["id"], r"setting::%s\b" % row["id"],
            r"\(settings_?, \"%s\"\)" % re.escape(row["name"]), r"lookup\(\"%s\"\)" % re.escape(row["name"]))
    return any(re.search(use, text) for use in uses)


def shown(row):
    value = row["default"]
    if row["type"] in ("kString", "kEnum") and not re.fullmatch(r"[A-Za-z_][\w.]*", value):
        value = "'" + value.replace("'", "''") + "'"
    if row["unit"] and row["unit"] != "8kB" and re.fullmatch(r"[1-9]\d*", value):
        value += row["unit"]
    return value


def assignment(row):
    return f"#{row['name']} = {shown(row)}"


def entry(row):
    notes = []
    if row["type"] in ("kInt", "kReal"):
        unit = f" {row['unit']}" if row["unit"] else ""
        notes.append(f"{row['min']} .. {row['max']}{unit}")
    if row["type"] == "kEnum":
        notes.append(row["enums"].split("|")[0].replace(",", ", "))
    if row["context"] == "kPostmaster":
        notes.append("restart")
    text = row["text"] + (" " + row["extra"] if row["extra"] else "")
    if notes:
        text += " (" + "; ".join(notes) + ")"
    lines = textwrap.wrap(text, 112)
    return "\n".join("# " + line for line in lines) + "\n" + assignment(row) + "\n"


def sample():
    text = sources()
    out = [INTRODUCTION]
    group = None
    rows = settings()
    for row in rows:
        if not has_effect(row, text):
            continue
        if row["group"] != group:
            group = row["group"]
            out.append("\n#" + "-" * 79 + f"\n# {group}\n#" + "-" * 79 + "\n")
        out.append("\n" + entry(row))
    out.append("\n#" + "-" * 79 + "\n# Taken as PostgreSQL takes them, and shown, but without an effect here\n#" + "-" * 79 + "\n\n")
    out += [assignment(row) + "\n" for row in rows if not has_effect(row, text)]
    return "".join(out)


def problems():
    wanted = sample()
    present = open(SAMPLE, encoding="utf-8").read() if os.path.exists(SAMPLE) else ""
    if wanted == present:
        return []
    names = lambda text: dict(re.findall(r"^#([\w.]+) = (.*)$", text, re.M))
    have, need = names(present), names(wanted)
    found = [f"conf/vecino.conf: setting {name} is missing" for name in need if name not in have]
    found += [f"conf/vecino.conf: {name} is not a setting" for name in have if name not in need]
    found += [f"conf/vecino.conf: {name} shows {have[name]}, the default is {need[name]}" for name in need
              if name in have and have[name] != need[name]]
    return (found or ["conf/vecino.conf: descriptions or the list of those without effect are not up to date"]) + [
        "conf/vecino.conf: python3 tests/lint/sample_conf.py --write"]


if __name__ == "__main__":
    if "--write" in sys.argv:
        with open(SAMPLE, "w", encoding="utf-8") as sample_file:
            sample_file.write(sample())
    else:
        print("\n".join(problems()) or "ok")
