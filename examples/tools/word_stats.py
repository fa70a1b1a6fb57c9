#!/usr/bin/env python3
"""A tool in Python, standard library only.

The input arrives as one JSON document on stdin, already checked by the schema of the manifest; the
result goes to stdout as JSON. An exception ends the program with code 1, and the model is told the end
of its traceback.
"""

import json
import re
import sys
from collections import Counter


def word_stats(text: str, top: int = 5) -> dict:
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text.lower())
    counts = Counter(words)
    return {
        "words": len(words),
        "different_words": len(counts),
        "mean_length": round(sum(map(len, words)) / len(words), 2) if words else None,
        "most_frequent": [
            {"word": word, "count": count}
            for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:top]
        ],
    }


if __name__ == "__main__":
    # Whatever the locale says: JSON is UTF-8.
    given = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    json.dump(word_stats(**given), sys.stdout)
