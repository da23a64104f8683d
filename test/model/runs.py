# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""What is searched, what is planted, and what nobody reaches."""

from dataclasses import dataclass

# Runs by name: what session.pml lets loose. A run without drop, timers, refusals, tamper and a rogue peer is calm: both sides must end,
# and in a clean way; everything that was asked must have been answered, or the client never says BYE and the search finds a stall.
RUNS = {
    "login": "handshake bye_when_done",
    "handshake": "handshake bye_when_done requests pings",
    "troubled handshake": "handshake bye_when_done bye requests timers drop refusals",
    "attacked handshake": "handshake bye_when_done timers drop tamper",
    "requests": "requests pings bye_when_done",
    "end of requests": "requests pings bye",
    "streams": "streams requests bye_when_done",
    "streams that fail": "streams requests bye_when_done stream_errors close_early",
    "rotation": "streams limits bye_when_done",
    "rotation, N = 4": "streams limits wide bye_when_done",
    "rotation by time": "streams limits seconds bye_when_done close_early",
    "end": "streams limits endless bye close_early stream_errors",
    "troubled end": "streams limits bye timers drop stream_errors",
    "attacked session": "streams limits bye timers tamper",
    "rogue client": "rogue_client handshake streams requests pings limits bye timers stream_errors",
    "rogue server": "rogue_server handshake streams requests pings limits bye timers stream_errors",
}
# Those that never end: DATA must come again and again, under weak fairness.
PROGRESS = {
    "flow": "streams limits endless flow",
    "flow, rotation by time": "streams limits seconds endless flow",
}

# How a search says that a property does not hold.
STALL = r"invalid end state"
LIVELOCK = r"non-progress cycle"
KEYS = r"==side\[me\]\.sending\)"
BEHIND_BYE = r"said_bye"
TOO_EARLY = r"saw_"
IN_STEP = r"side\[0\]\.(coming|sending)"
ACCUSED = r"flag_tamper"
NOT_CLEAN = r"\.end==1"
NO_ROW = r"after\["


@dataclass(frozen=True)
class Fault:
    run: str
    expected: str


FAULTS = {
    "ok_never_sent": Fault("login", STALL),
    "proof_not_looked_at": Fault("rogue client", TOO_EARLY),
    "user_not_asked": Fault("handshake", TOO_EARLY),
    "answer_never_sent": Fault("requests", STALL),
    "pong_never_sent": Fault("requests", STALL),
    "close_never_answered": Fault("streams", STALL),
    "reading_waits_for_writing": Fault("streams", STALL),
    "response_never_sent": Fault("rotation", STALL),
    "response_held": Fault("rotation", STALL),
    "response_under_new_keys": Fault("rotation", ACCUSED),
    "acknowledged_before_the_switch": Fault("rotation", IN_STEP),
    "rotated_under_old_keys": Fault("rotation", ACCUSED),
    "rotated_never_sent": Fault("rotation", ACCUSED),
    "old_keys_after_the_wipe": Fault("rotation", KEYS),
    "data_past_the_limit": Fault("rotation", ACCUSED),
    "rotation_for_nothing": Fault("flow, rotation by time", LIVELOCK),
    "bye_not_answered": Fault("end", NOT_CLEAN),
    "rotate_behind_bye": Fault("end", BEHIND_BYE),
    "rotated_behind_bye": Fault("end", BEHIND_BYE),
    "reply_behind_bye": Fault("end", BEHIND_BYE),
    "truncated_is_clean": Fault("troubled end", BEHIND_BYE),
}


@dataclass(frozen=True)
class Edit:
    """Of states/STATES.md: in a section, a line that begins so, and what stands there instead."""
    section: str
    line: str
    instead: str
    run: str
    expected: str


EDITS = [
    Edit("Phase, server", "| VERIFY_DEVICE | `verified_user_required` | AUTH_USER |", "| VERIFY_DEVICE | `verified_user_required` | OPEN |",
         "rogue client", TOO_EARLY),
    Edit("Phase, server", "| AUTH_DEVICE | `recv_authenticate` | VERIFY_DEVICE |", "| AUTH_DEVICE | `recv_authenticate` | OPEN |",
         "rogue client", TOO_EARLY),
    Edit("Phase, server", "| AUTH_DEVICE | `recv_authenticate` | VERIFY_DEVICE |",
         "| AUTH_DEVICE | `recv_authenticate` | VERIFY_DEVICE |\n| AUTH_DEVICE | `recv_data` | · |", "rogue client", TOO_EARLY),
    Edit("Phase, server", "| AUTH_USER | `recv_authenticate` | VERIFY_USER |",
         "| AUTH_USER | `recv_authenticate` | VERIFY_USER |\n| AUTH_USER | `recv_list` | · |", "rogue client", TOO_EARLY),
    Edit("Phase, server", "| AUTH_USER | `recv_authenticate` | VERIFY_USER |", "| AUTH_USER | `recv_authenticate` | OPEN |",
         "rogue client", TOO_EARLY),
    Edit("Phase, client", "| AUTH_SERVER | `recv_authenticate` | VERIFY_SERVER |", "| AUTH_SERVER | `recv_authenticate` | AUTH_DEVICE |",
         "rogue server", TOO_EARLY),
    Edit("Phase, client", "| WAIT_OK | `recv_ok` | OPEN |", "| WAIT_OK | `recv_ok` `recv_data` | OPEN |", "rogue server", TOO_EARLY),
    Edit("Phase, client", "| WAIT_OK | `recv_ok` | OPEN |", "| WAIT_OK | `recv_ok` | · |", "login", STALL),
    Edit("Phase, server", "| OPEN | `recv_bye` | CLOSING |", "| OPEN | `recv_bye` | · |", "end", KEYS),
    Edit("Phase, client", "| BYE_SENT | `recv_error_session` `recv_bye` | CLOSED |", "| BYE_SENT | `recv_error_session` | CLOSED |",
         "end", ACCUSED),
    Edit("Phase, client", "| CLOSING | `flushed` | CLOSED |", "", "troubled end", STALL),
    Edit("Any phase but CLOSING and CLOSED, both sides", "| `timeout` | CLOSING |", "", "troubled end", STALL),
    Edit("Any phase but CLOSING and CLOSED, both sides", "| `tcp_end` | CLOSED |", "", "end", NO_ROW),
    Edit("Rotation, server", "| HELD | `recv_rotate_response` | STEADY |", "| HELD | `recv_rotate_response` | · |", "rotation", STALL),
    Edit("Rotation, server", "| PENDING | `recv_rotate_response` | STEADY |", "", "rotation", ACCUSED),
    Edit("Rotation, client", "| HELD | `recv_rotate` | DRAINING |", "", "rotation", ACCUSED),
    Edit("Rotation, client", "| DRAINING_HELD | `recv_rotated` | HELD |", "| DRAINING_HELD | `recv_rotated` | · |", "rotation", IN_STEP),
    Edit("Download, client", "| ENDING | `recv_data` | · |", "", "end", ACCUSED),
    Edit("Upload, server", "| ENDED | `recv_data` `recv_close` `recv_error_stream` | · |", "| ENDED | `recv_close` `recv_error_stream` | · |",
         "end", ACCUSED),
]

# Rows that no search takes: nothing is opened before there are keys, and nothing read while somebody is being verified.
NO_KEYS_YET = [("client", state) for state in ("CONNECT", "NEGOTIATION", "DH", "DH_RETRY")] + \
    [("server", state) for state in ("CONNECT", "NEGOTIATION", "DH")]
NOT_READING = [("client", "VERIFY_SERVER"), ("server", "VERIFY_DEVICE"), ("server", "VERIFY_USER"), ("server", "ENROLLING")]
NEVER_TAKEN = {("phase", role, state, "bad_record") for role, state in NO_KEYS_YET + NOT_READING} | \
    {("phase", role, state, "violation") for role, state in NOT_READING}
# Rows that only somebody in the middle, or a peer who keeps to nothing, makes a side take. No client of this project fails a stream (R-48
# lets it), and for want of that no READ crosses its end.
STRANGERS_LEAD_TO = {("phase", "client", state, "recv_refused") for state in ("DH", "DH_RETRY")} | \
    {("phase", "server", state, "recv_error_stream") for state in ("OPEN", "BYE_SENT")} | \
    {("download", "server", state, "recv_error_stream") for state in ("DATA", "ENDED")} | \
    {("upload", "server", state, "recv_error_stream") for state in ("DATA", "ENDING", "ENDED")} | \
    {("upload", "client", "ENDED", "recv_read")}
STRANGERS_CAUSE = {"bad_record", "violation"}
