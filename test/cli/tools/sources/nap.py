import json
import sys
import time

word = json.load(sys.stdin)["word"]
time.sleep(1.5)
json.dump({"said": "python " + word}, sys.stdout)
