"""The plain pipeline that `npm run bench -- intake` compares with: feedparser + jieba + keyword rules + psycopg2.

Usage: intake-plain.py FOLDER DATABASE_URL RULES.json [feed|item] [places]
Reads FOLDER/*.xml, prints one line of JSON: {"items", "relevant", "seconds", "cpuSeconds"}. The dictionary is loaded and the
connection is open before the clock starts. `item` (default) commits every item, `feed` every feed; with `places` the
places of a text are found too, the way jieba offers (part-of-speech tags).
Debian: python3-feedparser python3-jieba python3-psycopg2.
"""
import glob
import hashlib
import json
import re
import sys
import time
from calendar import timegm
from datetime import datetime, timezone

import feedparser
import jieba
import jieba.posseg
import psycopg2

folder, url, rules_file, *flags = sys.argv[1:]
# Word -> the classes of config/lexicons it belongs to.
CLASSES = {}
for class_name, terms in json.load(open(rules_file, encoding="utf-8")).items():
    for term in terms:
        CLASSES.setdefault(term, []).append(class_name)
TAG = re.compile(r"<[^>]+>")
DEAD = re.compile(r"(\d+)\s*人(?:死亡|遇难)|(?:死亡|遇难)\s*(\d+)\s*人")

CREATE = """
create table if not exists plain_item (
  id bigint generated always as identity primary key,
  source text not null, guid text not null, url text, title text not null, text text not null,
  published_at timestamptz, fetched_at timestamptz not null default now(),
  content_hash text not null, relevant boolean not null, level text not null, label jsonb not null, places text[],
  unique (source, guid));
create index if not exists plain_item_hash on plain_item(content_hash);
create index if not exists plain_item_fetched on plain_item(fetched_at);
"""
INSERT = """
insert into plain_item (source, guid, url, title, text, published_at, content_hash, relevant, level, label, places)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (source, guid) do nothing
"""


def classify(title, text):
    hits = {}
    for word in jieba.lcut(title + "\n" + text):
        for name in CLASSES.get(word, ()):
            hits.setdefault(name, set()).add(word)
    found = DEAD.search(title + text)
    dead = int(found.group(1) or found.group(2)) if found else None
    level = "major" if dead else "ordinary" if "ask.complain" in hits and len(hits) >= 3 else "none"
    return level, {"level": level, "dead": dead, "hits": {name: sorted(words) for name, words in hits.items()}}


def places(text):
    return [w.word for w in jieba.posseg.cut(text) if w.flag == "ns"]


def main():
    db = psycopg2.connect(url)
    cursor = db.cursor()
    cursor.execute(CREATE)
    db.commit()
    jieba.setLogLevel(60)
    jieba.initialize()
    if "places" in flags:
        places("云溪县")
    feeds = [open(name, "rb").read() for name in sorted(glob.glob(folder + "/*.xml"))]
    items = relevant = 0
    started, cpu = time.perf_counter(), time.process_time()
    for number, body in enumerate(feeds):
        for entry in feedparser.parse(body).entries:
            title, text = entry.title, TAG.sub("", entry.get("summary", "")).strip()
            published = entry.get("published_parsed")
            published = datetime.fromtimestamp(timegm(published), timezone.utc) if published else None
            digest = hashlib.sha256((title + "\n" + text).encode()).hexdigest()
            level, label = classify(title, text)
            named = places(title + "\n" + text) if "places" in flags else None
            row = (str(number), entry.get("id"), entry.get("link"), title, text, published, digest, level != "none", level)
            cursor.execute(INSERT, row + (json.dumps(label, ensure_ascii=False), named))
            items += 1
            relevant += level != "none"
            if "feed" not in flags:
                db.commit()
        db.commit()
    spent = {"seconds": time.perf_counter() - started, "cpuSeconds": time.process_time() - cpu}
    print(json.dumps({"items": items, "relevant": relevant, **spent}))


main()
