"""Rooms of vib/ include each other one way: those above them in the list of vib/CMakeLists.txt, never those below.

    rooms_test.py      prints the rooms with their lines and arrows; exits with 1 where one points the wrong way
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
listed = re.search(r"foreach\(\n  room\n(.*?)\)", (ROOT / "vib/CMakeLists.txt").read_text(), re.S)[1].split()
rooms = list(dict.fromkeys(room.split("/")[0] for room in listed))

lines, arrows, wrong = collections.Counter(), collections.defaultdict(collections.Counter), []
for file in sorted((ROOT / "vib").rglob("*")):
    room = file.relative_to(ROOT / "vib").parts[0]
    if file.suffix not in (".h", ".cpp") or room == "vib.h":
        continue
    if room not in rooms:
        wrong.append(f"{file}: its room is not in the list of vib/CMakeLists.txt")
        continue
    text = file.read_text()
    lines[room] += text.count("\n")
    for to in re.findall(r'^#include "vib/(\w+)/', text, re.M):
        if to == room:
            continue
        arrows[room][to] += 1
        if to in rooms and rooms.index(to) > rooms.index(room):
            wrong.append(f"{file.relative_to(ROOT)} includes a header of {to}, which is below {room}")

for room in rooms:
    print(f"{room:<13}{lines[room]:6} lines  -> " + ", ".join(f"{to} {n}" for to, n in arrows[room].most_common()))
print(*wrong, sep="\n")
sys.exit(bool(wrong) or len(rooms) < 10)
