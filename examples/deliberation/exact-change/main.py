"""A verifier: reads {"task", "proposal"}, writes {"score"} from 0 to 1. It believes nothing that an answer says of itself: it counts.

The task names the sum and the coins that there are, as "Pay 87 cents with coins of 50, 20, 10, 5, 2 and 1."; a proposal names coins.
Half of the score is for coins that exist and make the sum, the rest for how few they are.
"""
import json
import re
import sys


def fewest_coins(total, coins):
    fewest = [0] + [total + 1] * total
    for amount in range(1, total + 1):
        fewest[amount] = 1 + min((fewest[amount - coin] for coin in coins if coin <= amount), default=total)
    return fewest[total]


def verdict(task, proposal):
    total, *coins = [int(number) for number in re.findall(r"\d+", task)]
    given = [int(number) for number in re.findall(r"\d+", proposal)]
    strange = [coin for coin in given if coin not in coins]
    if strange:
        return 0.0, f"there is no coin of {strange[0]}"
    if sum(given) != total:
        return 0.0, f"the coins make {sum(given)}"
    return 0.5 + 0.5 * fewest_coins(total, coins) / len(given), f"{len(given)} coins"


question = json.load(sys.stdin)
score, why = verdict(question["task"], question["proposal"])
json.dump({"score": round(score, 4), "why": why}, sys.stdout)
