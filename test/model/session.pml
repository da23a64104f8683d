// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One session: a client, a server, and the network between them. What is legal comes out of the transition table (table.pml, which
// table.py makes of states/STATES.md); by hand are keys, channel and limits, and what a side does on an event, from proto/PROTOCOL.md.
// FLAG(x) is what a run lets loose, FAULT(x) what it plants (runs.py).
//
// Small on purpose: one stream, one request of each kind at a time, N = 2 or 4, epochs 1 to 4 going round. Proofs are tokens that nobody
// forges, and a record of other keys than the receiver's does not open: that cryptography keeps this promise is not shown here.
#include "table.pml"
#include "switches.pml"

#define FLAG(x) c_expr { flag_##x }
#define FAULT(x) c_expr { fault_##x }
#define CL 0
#define SV 1
#define PEER (1 - me)
#define MY side[me]
#define ITS side[1 - me]

// `after` holds 0 where there is no row. `on` and `ev` are the process's own, for no parameter of an inline reaches C.
#define PHASES after[0][PParty->me][now.side[PParty->me].phase]
#define ROTATIONS after[1][PParty->me][now.side[PParty->me].rotation]
#define STREAMS after[2 + now.upload][PParty->me][now.side[PParty->me].stream]
#define MAY(event) c_expr { PHASES[event] }
#define MAY_ROTATE(event) c_expr { ROTATIONS[event] }
#define MAY_STREAM(event) c_expr { STREAMS[event] }
#define LEGAL MAY(PParty->ev)

#define NO_KEY 0 // epoch e bears the number e + 1 here, and behind 5 comes 2 again
#define EPOCH_0 1
#define EPOCH_1 2
#define NO_EPOCH 6
#define AFTER(epoch) (epoch == 5 -> 2 : epoch + 1)
#define LIMIT (2 + 2 * FLAG(wide)) // N
#define WINDOW (3 + 2 * FLAG(wide))
#define ROOM 2  // what the transport takes of the application; control always has room (R-36)
#define SIZE 9
#define FIN 200 // the other end of TCP is over, in order behind what it sent

#define BAD 0 // what a message bears besides: whose proof it is
#define DEVICE 1
#define USER 2
#define SERVER 3
#define LIST 4 // which request is refused
#define LICENCE 5
#define OPEN 6
#define NEXT 7    // the epoch named in a ROTATE, or its answer, is the next
#define FORGED 8  // it does not hold as soon as it is looked at
#define SWAPPED 9 // well-formed, but not what was sent: the transcripts differ from here on

#define LOST 10
#define UNSIGNED 11 // the server cannot sign its answer

#define UP 0
#define CUT 1
#define SILENT 2 // nothing arrives any more, and nobody is told

#define CLEAN 1
#define REFUSED 2
#define ERRED 3
#define FAILED 4
#define TRUNCATED 5

#define CLEAR(event) (event == recv_negotiation || event == recv_response_guessed || event == recv_response_other || \
	event == recv_dh_enabled || event == recv_dh_other || event == recv_dh_response || event == recv_refused)
#define OF_LOGIN(event) (event == recv_authenticate || event == recv_enrolment || event == recv_enrolment_status || \
	event == recv_ok || event == recv_error_session)
#define OF_APPLICATION(event) (event == recv_list || event == recv_catalogue || event == recv_open || event == recv_opened || \
	event == recv_read || event == recv_data || event == recv_close || event == recv_licence_request || event == recv_licence)
#define HELD (MY.rotation == R_HELD || MY.rotation == R_DRAINING_HELD)
#define READING (MY.phase != P_VERIFY_SERVER && MY.phase != P_VERIFY_DEVICE && MY.phase != P_VERIFY_USER && \
	MY.phase != P_ENROLLING && MY.phase != P_CLOSED && !MY.accepting)
#define ROGUE (FLAG(rogue_client) || FLAG(rogue_server))
#define HONEST (!FLAG(tamper) && !ROGUE)
#define RECEIVER (upload -> SV : CL)
#define CALM (HONEST && !FLAG(drop) && !FLAG(timers) && !FLAG(refusals))
#define SENDS (me != RECEIVER)
#define HAS_ROOM (link != UP || len(wire[PEER]) < ROOM)
#define LIVE (MY.stream == S_OPENING || MY.stream == S_DATA || MY.stream == S_ENDING)

typedef Side {
	byte phase, rotation, stream;
	byte sending, receiving, coming;      // epochs of the keys in hand; coming: those that the client receives under next
	byte sent, received;                  // DATA in these epochs
	bit sent_any, received_any;           // anything of the application in these epochs
	byte proof;                           // what is being verified
	byte window;                          // DATA to be sent, or to come
	byte asks, reads;                     // how many requests and READs are left, where a run counts them
	bit lists, licences, opens;           // client: not answered yet; server: to be answered
	bit pings, pongs;                     // not answered yet; to be answered
	bit accepting;                        // server: somebody is let in, and not told yet
	bit apart;                            // a record is missing, or the keys differ: nothing opens
	bit said_bye;
	byte end;
	bit saw_server, saw_device, saw_user, saw_ok; // proven to this side; what follows from it is asked of the table, not of these
}
Side side[2];
chan wire[2] = [SIZE] of { byte, byte, byte }; // by receiver: event that it will be there, epoch, what it bears
byte link;
bit tampered, user_asked, enrols, upload;

// The client lets in, and is let in, by OK alone.
#define LET_IN (me == CL -> MY.saw_server && MY.saw_ok : MY.saw_device && (MY.saw_user || !user_asked))

// --- the table ---

inline advance(event) {
	on = event;
	assert(MAY(PParty->on));
	c_code { taken[0][PParty->me][now.side[PParty->me].phase][PParty->on] = 1; };
	MY.phase = c_expr { PHASES[PParty->on] - 1 };
	on = 0
}
inline advance_rotation(event) {
	on = event;
	assert(MAY_ROTATE(PParty->on));
	c_code { taken[1][PParty->me][now.side[PParty->me].rotation][PParty->on] = 1; };
	MY.rotation = c_expr { ROTATIONS[PParty->on] - 1 };
	on = 0
}
inline advance_stream(event) {
	on = event;
	assert(MAY_STREAM(PParty->on));
	c_code { taken[2 + now.upload][PParty->me][now.side[PParty->me].stream][PParty->on] = 1; };
	MY.stream = c_expr { STREAMS[PParty->on] - 1 };
	on = 0
}

// --- what is sent ---

inline put(event, epoch, bears) {
	if
	:: link != UP || ITS.phase == P_CLOSED
	:: else -> assert(nfull(wire[PEER])); wire[PEER]!event, epoch, bears
	fi
}
inline seal_under(epoch, event, bears) {
	assert(epoch != NO_KEY && epoch == MY.sending); // nothing under a wiped key, or none
	assert(event == recv_error_session || !MY.said_bye); // nothing behind our BYE
	// Nothing is released too early. Requests may go out once the server is proven (R-22).
	assert((OF_LOGIN(event) && event != recv_ok) || LET_IN || (me == CL && MY.phase == P_WAIT_OK && MY.saw_server));
	if :: OF_APPLICATION(event) -> MY.sent_any = 1 :: else fi;
	put(event, epoch, bears)
}
inline seal(event, bears) { seal_under(MY.sending, event, bears) }

inline install_sending(epoch) {
	MY.sending = epoch;
	MY.sent = 0;
	MY.sent_any = 0
}
inline begin_receiving() {
	MY.received = 0;
	MY.received_any = 0
}

// --- the end ---

inline forget_work() {
	MY.stream = S_NONE;
	MY.window = 0; MY.asks = 0; MY.reads = 0;
	MY.lists = 0; MY.licences = 0; MY.opens = 0; MY.pings = 0; MY.pongs = 0
}
inline finish(how) {
	assert(how != CLEAN || !HONEST || enrols || ITS.said_bye); // R-39
	if :: MY.end == 0 -> MY.end = how :: else fi;
	forget_work();
	install_sending(NO_KEY);
	begin_receiving();
	MY.receiving = NO_KEY; MY.coming = NO_KEY; MY.rotation = R_STEADY; MY.proof = BAD; MY.accepting = 0;
	put(FIN, NO_KEY, 0)
}
inline fail(event) {
	if
	:: MY.sending != NO_KEY -> seal(recv_error_session, 0)
	:: else ->
		if
		:: (MAY(recv_negotiation) || MAY(recv_dh_enabled)) && event != timeout -> put(recv_refused, NO_KEY, 0)
		:: else
		fi
	fi;
	if
	:: event == login_failed && !MAY(login_failed) -> advance(violation)
	:: else -> advance(event)
	fi;
	finish(FAILED)
}
// What follows from a message is noted, and done once at the end of receive(): a step has only so much room. Two honest sides never
// accuse each other, whatever else happens.
inline accuse(event) {
	assert(!HONEST);
	why = event + 1
}
inline conclude() {
	if :: why != 0 -> fail(why - 1) :: why == 0 && over != 0 -> finish(over) :: else fi;
	why = 0;
	over = 0
}
inline say_bye() {
	seal(recv_bye, 0);
	MY.said_bye = 1
}

// --- the handshake ---

// Behind the last AUTHENTICATE (R-23, section 4.7).
inline begin_epoch_1() {
	install_sending(EPOCH_1);
	if
	:: me == CL -> MY.coming = EPOCH_1
	:: else -> MY.receiving = EPOCH_1; begin_receiving()
	fi
}
inline on_clear() {
	if
	:: !LEGAL -> accuse(violation)
	:: else ->
		if :: bears == SWAPPED -> MY.apart = 1 :: else fi;
		if :: ev == recv_dh_enabled && MY.phase == P_NEGOTIATION -> put(recv_response_guessed, NO_KEY, 0) :: else fi;
		if
		:: bears == FORGED -> accuse(violation)
		:: else ->
			advance(ev);
			if
			:: ev == recv_refused -> over = REFUSED
			:: ev == recv_response_other -> put(recv_dh_enabled, NO_KEY, 0)
			:: ev == recv_dh_other -> put(recv_response_other, NO_KEY, 0)
			:: ev == recv_dh_enabled ->
				put(recv_dh_response, NO_KEY, 0);
				install_sending(EPOCH_0);
				MY.receiving = EPOCH_0;
				if :: bears == UNSIGNED -> why = login_failed + 1 :: else -> seal(recv_authenticate, SERVER) fi
			:: ev == recv_dh_response ->
				install_sending(EPOCH_0);
				MY.receiving = EPOCH_0
			:: else
			fi
		fi
	fi
}
#define HOLDS(party) (MY.proof == party || FAULT(proof_not_looked_at))

inline verified_server() {
	if
	:: HOLDS(SERVER) ->
		MY.saw_server = (MY.proof == SERVER);
		MY.proof = BAD;
		advance(verified_user_none)
	:: else -> assert(!HONEST); fail(login_failed)
	fi
}
inline verified_device() {
	if
	:: HOLDS(DEVICE) ->
		MY.saw_device = (MY.proof == DEVICE);
		MY.proof = BAD;
		if
		:: user_asked && !FAULT(user_not_asked) -> advance(verified_user_required)
		:: else -> advance(verified_user_none); begin_epoch_1(); MY.accepting = 1
		fi
	:: else -> assert(!HONEST); fail(login_failed)
	fi
}
inline verified_user() {
	if
	:: HOLDS(USER) ->
		MY.saw_user = (MY.proof == USER);
		MY.proof = BAD;
		advance(verified_user_none);
		begin_epoch_1();
		MY.accepting = 1
	:: else -> assert(!HONEST); fail(login_failed)
	fi
}

// --- rotation ---

inline on_rotate() {
	if
	:: MY.phase == P_BYE_SENT && !FAULT(rotate_behind_bye) // R-33
	:: FAULT(response_never_sent) || (FAULT(response_held) && HELD)
	:: else ->
		if
		:: !MAY_ROTATE(recv_rotate) -> accuse(violation)
		:: else ->
			advance_rotation(recv_rotate);
			if
			:: (bears != NEXT || !(MY.sent_any || MY.received_any)) && !FAULT(rotation_for_nothing) -> accuse(violation)
			:: else ->
				if
				:: FAULT(response_under_new_keys) -> install_sending(AFTER(MY.sending)); seal(recv_rotate_response, NEXT)
				:: FAULT(acknowledged_before_the_switch) -> seal(recv_rotate_response, NEXT)
				:: else -> seal(recv_rotate_response, NEXT); install_sending(AFTER(MY.sending))
				fi;
				MY.coming = AFTER(MY.receiving)
			fi
		fi
	fi
}
inline on_rotate_response() {
	if
	:: !MAY_ROTATE(recv_rotate_response) -> accuse(violation)
	:: else ->
		advance_rotation(recv_rotate_response);
		if
		:: bears != NEXT -> accuse(violation)
		:: else ->
			MY.receiving = AFTER(MY.sending);
			begin_receiving();
			if
			:: MY.phase == P_BYE_SENT && !FAULT(rotated_behind_bye) // nothing follows our BYE
			:: FAULT(rotated_never_sent) && MY.phase != P_BYE_SENT -> install_sending(AFTER(MY.sending))
			:: FAULT(rotated_under_old_keys) && MY.phase != P_BYE_SENT -> seal(recv_rotated, 0); install_sending(AFTER(MY.sending))
			:: else -> install_sending(AFTER(MY.sending)); seal(recv_rotated, 0)
			fi
		fi
	fi
}
inline on_rotated() {
	if
	:: !MAY_ROTATE(recv_rotated) -> accuse(violation)
	:: else -> advance_rotation(recv_rotated); begin_receiving()
	fi
}

// --- requests and streams ---

inline refused_request() {
	if
	:: bears == LIST && MY.lists -> MY.lists = 0
	:: bears == LICENCE && MY.licences -> MY.licences = 0
	:: bears == OPEN && MAY_STREAM(recv_error_request) -> MY.opens = 0; MY.reads = 0; advance_stream(recv_error_request)
	:: else -> accuse(violation)
	fi
}
inline on_stream() {
	if
	:: ev == recv_data && MY.received == LIMIT && FLAG(limits) -> accuse(violation)
	:: else ->
		if :: ev == recv_data && FLAG(limits) -> MY.received++ :: else fi;
		if
		:: LIVE && MAY_STREAM(PParty->ev) && (ev != recv_data || MY.window > 0) && (ev != recv_read || MY.window < WINDOW) ->
			if
			:: ev == recv_data -> MY.window--; moved = FLAG(flow)
			:: ev == recv_read && MY.stream == S_DATA -> MY.window++
			:: else
			fi;
			advance_stream(ev);
			if
			:: ev == recv_close && me == SV && !upload ->
				advance_stream(send_close);
				if :: FAULT(close_never_answered) :: else -> seal(recv_close, 0) fi
			:: else
			fi;
			if :: MY.stream == S_ENDED -> MY.window = 0; MY.reads = 0 :: else fi
		:: MY.stream == S_ENDED && MAY_STREAM(PParty->ev) -> advance_stream(ev) // R-48
		:: else -> accuse(violation)
		fi
	fi
}
inline on_application() {
	if
	:: ev == recv_list -> MY.lists = !FAULT(answer_never_sent)
	:: ev == recv_licence_request -> MY.licences = 1
	:: ev == recv_open ->
		if
		:: !MAY_STREAM(recv_open) -> accuse(violation)
		:: else -> advance_stream(recv_open); MY.opens = 1
		fi
	:: ev == recv_catalogue ->
		if :: MY.lists -> MY.lists = 0 :: else -> accuse(violation) fi
	:: ev == recv_licence ->
		if :: MY.licences -> MY.licences = 0 :: else -> accuse(violation) fi
	:: ev == recv_opened ->
		if
		:: !MAY_STREAM(recv_opened) -> accuse(violation)
		:: else -> advance_stream(recv_opened); MY.opens = 0
		fi
	:: ev == recv_error_request -> refused_request()
	:: else -> on_stream()
	fi
}

// --- what arrives ---

inline on_message() {
	if
	:: ev == recv_enrolment && !enrols -> accuse(violation)
	:: else ->
		if
		:: ev == recv_bye && MY.phase == P_OPEN && !FAULT(bye_not_answered) -> say_bye()
		:: else
		fi;
		advance(ev);
		if
		:: ev == recv_authenticate || ev == recv_enrolment -> MY.proof = bears
		:: ev == recv_ok -> MY.saw_ok = 1; begin_receiving()
		:: ev == recv_enrolment_status || ev == recv_bye -> over = CLEAN
		:: ev == recv_error_session -> over = ERRED
		:: ev == recv_ping -> MY.pongs = (MY.phase == P_OPEN)
		:: ev == recv_pong -> MY.pings = 0
		:: ev == recv_rotate -> on_rotate()
		:: ev == recv_rotate_response -> on_rotate_response()
		:: ev == recv_rotated -> on_rotated()
		:: else ->
			if :: MY.phase == P_OPEN -> on_application() :: else fi // R-40
		fi
	fi
}
#define BEGINS (ev == recv_rotated || ev == recv_ok || (ev == recv_error_session && MY.phase == P_WAIT_OK))

inline on_record() {
	if
	:: MY.receiving == NO_KEY -> accuse(violation)
	:: else ->
		if
		:: bears == FORGED || bears == SWAPPED || MY.apart || (epoch != MY.receiving && epoch != MY.coming) -> accuse(bad_record)
		:: else ->
			if
			:: !LEGAL -> accuse(violation)
			:: epoch == MY.coming && !BEGINS -> accuse(violation) // R-32
			:: epoch != MY.coming && (ev == recv_rotated || ev == recv_ok) -> accuse(violation)
			:: else ->
				if :: epoch == MY.coming -> MY.receiving = epoch; MY.coming = NO_KEY :: else fi;
				assert(OF_LOGIN(ev) || ev == recv_ok || LET_IN); // nothing is accepted too early
				if :: OF_APPLICATION(ev) -> MY.received_any = 1 :: else fi;
				on_message()
			fi
		fi
	fi
}
inline on_tcp_end() {
	if
	:: MY.phase == P_CLOSING -> advance(tcp_end)
	:: else ->
		advance(tcp_end);
		over = (FAULT(truncated_is_clean) -> CLEAN : TRUNCATED)
	fi
}
inline receive() {
	if
	:: bears == LOST -> MY.apart = 1
	:: bears != LOST && ev == FIN -> on_tcp_end()
	:: else ->
		if
		:: MY.phase == P_CLOSING // R-41
		:: else ->
			if :: CLEAR(ev) -> on_clear() :: else -> on_record() fi
		fi
	fi;
	conclude();
	ev = 0; epoch = 0; bears = 0
}

// What somebody comes up with who may send anything: a peer that holds the keys, or one in the middle, who has none.
#define INVENT(epochs) \
	if :: ANY_ARRIVAL(ev) :: ev = FIN fi; \
	if \
	:: ev == recv_authenticate || ev == recv_enrolment -> if :: bears = BAD :: bears = DEVICE :: bears = USER :: bears = SERVER fi \
	:: ev == recv_error_request -> if :: bears = LIST :: bears = LICENCE :: bears = OPEN fi \
	:: ev == recv_rotate || ev == recv_rotate_response -> if :: bears = NEXT :: bears = BAD fi \
	:: CLEAR(ev) -> if :: bears = BAD :: bears = FORGED fi \
	:: else \
	fi; \
	if :: CLEAR(ev) || ev == FIN :: !CLEAR(ev) && ev != FIN -> if :: epochs fi fi

// --- both sides in step ---

#define C side[CL]
#define S side[SV]
inline check() {
	if
	:: !ROGUE && C.sending >= EPOCH_1 && S.sending >= EPOCH_1 && C.phase != P_WAIT_OK && !S.accepting ->
		assert(C.sending == S.receiving || C.sending == AFTER(S.receiving));
		assert(S.sending == C.receiving || S.sending == C.coming);
		assert(S.receiving == S.sending || (S.phase == P_BYE_SENT && S.receiving == AFTER(S.sending)));
		assert(C.coming == NO_KEY || (C.coming == C.sending && C.coming == AFTER(C.receiving)));
		assert(C.coming != NO_KEY || C.sending == C.receiving);
		assert((C.coming != NO_KEY) == (C.rotation == R_DRAINING || C.rotation == R_DRAINING_HELD));
		assert(S.rotation != R_STEADY || C.sending == S.receiving)
	:: else
	fi
}

#define DO(guard, step) d_step { guard -> step; check() }
#define CLOSABLE (FLAG(bye) || (FLAG(bye_when_done) && me == CL && !MY.asks && !MY.lists && !MY.licences && !MY.opens && !MY.pings && !LIVE))
// All that was to come has come: the driver of the side that sends it knows.
#define ALL_READ (side[RECEIVER].reads == 0 && side[RECEIVER].window == 0)
#define ASKING (MY.asks > 0 || FLAG(endless))
inline ask(what) { advance(send_request); seal(what, 0); if :: FLAG(endless) :: else -> MY.asks-- fi }
#define REPLYING (me == SV && !moved && !MY.accepting && MAY(send_reply) && HAS_ROOM)
proctype Party(byte me) {
	byte ev, epoch, bears, on, why, over;
	bit moved;
	do
	:: MY.phase == P_CLOSED -> break
	:: moved -> progress_data: moved = 0

	// What arrives.
	:: atomic { READING && !moved && link == UP && nempty(wire[me]) && !(FAULT(reading_waits_for_writing) && !HAS_ROOM) ->
		wire[me]?ev, epoch, bears;
		if
		:: FLAG(tamper) && !tampered -> tampered = 1;
			if :: bears = FORGED :: bears = SWAPPED :: bears = LOST fi
		:: FLAG(refusals) && ev == recv_dh_enabled -> bears = UNSIGNED
		:: 1
		fi;
		d_step { receive(); check() } }
	:: atomic { FLAG(tamper) && !tampered && READING && link == UP ->
		tampered = 1;
		INVENT(epoch = NO_EPOCH);
		d_step { if :: CLEAR(ev) -> MY.apart = 1 :: else fi; receive(); check() } }
	:: atomic { ROGUE && READING ->
		INVENT(epoch = MY.receiving :: epoch = MY.coming :: epoch = NO_EPOCH);
		d_step { receive(); check() } }
	:: DO(link == CUT && MAY(tcp_end), on_tcp_end(); conclude())

	// Time.
	:: DO(FLAG(timers) && MAY(timeout), if :: MY.phase == P_BYE_SENT -> advance(timeout); finish(TRUNCATED) :: else -> fail(timeout) fi)
	:: DO(MAY(flushed), advance(flushed))

	// The client's handshake.
	:: DO(me == CL && MAY(tcp_up), advance(tcp_up); put(recv_negotiation, NO_KEY, 0); put(recv_dh_enabled, NO_KEY, 0))
	:: DO(me == CL && MAY(tcp_up), advance(tcp_up); put(recv_negotiation, NO_KEY, 0); put(recv_dh_other, NO_KEY, 0))
	:: DO(me == CL && MY.phase == P_VERIFY_SERVER, verified_server())
	:: DO(me == CL && enrols && MAY(signed_enrolment), advance(signed_enrolment); seal(recv_enrolment, DEVICE))
	:: DO(me == CL && !enrols && user_asked && MAY(signed_user_required), seal(recv_authenticate, DEVICE); advance(signed_user_required))
	:: DO(me == CL && !enrols && MAY(signed_user_none) && (MY.phase == P_AUTH_USER || !user_asked),
		seal(recv_authenticate, (MY.phase == P_AUTH_USER -> USER : DEVICE)); advance(signed_user_none); begin_epoch_1())

	// The server's.
	:: DO(MY.phase == P_VERIFY_DEVICE, verified_device())
	:: DO(MY.phase == P_VERIFY_USER, verified_user())
	:: DO(MAY(enrolment_answered) && MY.proof == DEVICE, seal(recv_enrolment_status, 0); advance(enrolment_answered); finish(CLEAN))
	:: DO(MY.accepting, MY.accepting = 0; if :: FAULT(ok_never_sent) :: else -> seal(recv_ok, 0) fi)

	// What is refused: a certificate, a signer, an offer, a login after all. With no keys it is told in clear.
	:: DO(FLAG(refusals) && MAY(login_failed) && MY.phase != P_CONNECT && MY.phase != P_NEGOTIATION, fail(login_failed))
	:: DO(FLAG(refusals) && (MY.phase == P_CONNECT || MY.phase == P_NEGOTIATION) && MAY(login_failed) && nempty(wire[me]) && link == UP,
		wire[me]?ev(epoch, bears); ev = 0; epoch = 0; bears = 0; fail(login_failed))
	:: DO(FLAG(refusals) && MY.accepting, fail(login_failed))

	// Requests and answers.
	:: DO(me == CL && !moved && ASKING && FLAG(requests) && MAY(send_request) && !MY.lists && HAS_ROOM, ask(recv_list); MY.lists = 1)
	:: DO(me == CL && !moved && ASKING && FLAG(requests) && MAY(send_request) && !MY.licences && HAS_ROOM,
		ask(recv_licence_request); MY.licences = 1)
	:: DO(me == CL && FLAG(streams) && MAY(send_request) && MAY_STREAM(send_open) && HAS_ROOM,
		advance(send_request); seal(recv_open, 0); advance_stream(send_open); MY.opens = 1)
	:: DO(REPLYING && MY.lists, advance(send_reply); MY.lists = 0; seal(recv_catalogue, 0))
	:: DO(REPLYING && MY.lists, advance(send_reply); MY.lists = 0; seal(recv_error_request, LIST))
	:: DO(REPLYING && MY.licences, advance(send_reply); MY.licences = 0; seal(recv_licence, 0))
	:: DO(REPLYING && MY.licences, advance(send_reply); MY.licences = 0; seal(recv_error_request, LICENCE))
	:: DO(REPLYING && MY.opens, advance(send_reply); MY.opens = 0; seal(recv_opened, 0); advance_stream(send_opened))
	:: DO(REPLYING && MY.opens && !FLAG(flow), advance(send_reply); MY.opens = 0; seal(recv_error_request, OPEN); advance_stream(send_error_request))
	:: DO(FLAG(pings) && MY.phase == P_OPEN && !MY.accepting && !MY.pings && ASKING && HAS_ROOM,
		MY.pings = 1; seal(recv_ping, 0); if :: FLAG(endless) :: else -> MY.asks-- fi)
	:: DO(MY.pongs && HAS_ROOM, MY.pongs = 0; if :: FAULT(pong_never_sent) :: else -> seal(recv_pong, 0) fi)

	// The stream.
	:: DO(!moved && MY.phase == P_OPEN && MAY_STREAM(send_read) && MY.window < WINDOW && (MY.reads > 0 || FLAG(endless)) && HAS_ROOM,
		advance_stream(send_read); MY.window++; seal(recv_read, 0); if :: FLAG(endless) :: else -> MY.reads-- fi)
	:: DO(!moved && MY.phase == P_OPEN && SENDS && MY.window > 0 && MAY_STREAM(send_data) && HAS_ROOM && !HELD
			&& (MY.sent < LIMIT || !FLAG(limits) || FAULT(data_past_the_limit)),
		advance_stream(send_data); MY.window--; if :: MY.sent < LIMIT && FLAG(limits) -> MY.sent++ :: else fi;
		if
		:: FAULT(old_keys_after_the_wipe) && MY.coming != NO_KEY -> seal_under(MY.receiving, recv_data, 0)
		:: else -> seal(recv_data, 0)
		fi)
	:: DO(!moved && MY.phase == P_OPEN && SENDS && MY.window > 0 && MAY_STREAM(send_data) && !HELD && FLAG(limits) && MY.sent >= LIMIT
			&& MAY_ROTATE(limit_reached), advance_rotation(limit_reached))
	:: DO(me == CL && !FLAG(flow) && MY.phase == P_OPEN && MAY_STREAM(send_close) && (FLAG(close_early) || ALL_READ) && HAS_ROOM,
		advance_stream(send_close); if :: upload -> MY.window = 0 :: else fi; MY.reads = 0; seal(recv_close, 0))
	:: DO(me == SV && MY.phase == P_OPEN && MAY_STREAM(send_stream_ok) && HAS_ROOM,
		advance_stream(send_stream_ok); MY.window = 0; MY.reads = 0; seal(recv_stream_ok, 0))
	:: DO(me == SV && (FLAG(stream_errors) || MY.stream == S_ENDING) && MY.phase == P_OPEN && MAY_STREAM(send_error_stream) && HAS_ROOM,
		advance_stream(send_error_stream); MY.window = 0; MY.reads = 0; seal(recv_error_stream, 0))

	// Rotation: due at half the limit, or after its time (R-30).
	:: DO(me == SV && !moved && FLAG(limits) && !MY.accepting && MAY(send_rotate) && MAY_ROTATE(send_rotate) &&
			(MY.sent >= LIMIT / 2 || MY.received >= LIMIT / 2 || FLAG(seconds)) && (MY.sent_any || MY.received_any || FAULT(rotation_for_nothing)),
		advance(send_rotate); advance_rotation(send_rotate); seal(recv_rotate, NEXT))

	// The end.
	:: DO(MAY(send_bye) && !MY.accepting && CLOSABLE, say_bye(); advance(send_bye); forget_work())
	:: DO(FAULT(reply_behind_bye) && me == SV && MY.phase == P_BYE_SENT && HAS_ROOM, seal(recv_catalogue, 0))
	od
}

inline empty_wires() {
	do
	:: nempty(wire[CL]) -> wire[CL]?_, _, _
	:: nempty(wire[SV]) -> wire[SV]?_, _, _
	:: empty(wire[CL]) && empty(wire[SV]) -> break
	od
}

// TCP may end at any time, for both; or nothing comes through any more, in which case only time helps.
proctype Network() {
	if
	:: FLAG(drop) -> d_step { empty_wires(); link = CUT }
	:: FLAG(drop) && FLAG(timers) -> d_step { empty_wires(); link = SILENT }
	:: 1
	fi
}

init {
	atomic {
		if :: FLAG(handshake) :: FLAG(handshake) -> user_asked = 1 :: FLAG(handshake) -> enrols = 1 :: !FLAG(handshake) fi;
		if :: 1 :: FLAG(streams) -> upload = 1 fi;
		d_step {
			if
			:: FLAG(handshake)
			:: else ->
				C.phase = P_OPEN; C.sending = EPOCH_1; C.receiving = EPOCH_1; C.saw_server = 1; C.saw_ok = 1;
				S.phase = P_OPEN; S.sending = EPOCH_1; S.receiving = EPOCH_1; S.saw_device = 1
			fi;
			if :: FLAG(requests) || FLAG(pings) -> C.asks = 2; S.asks = 1 :: else fi;
			if :: FLAG(streams) -> side[RECEIVER].reads = (FLAG(wide) -> 9 : 5) :: else fi;
			if :: FLAG(rogue_client) -> C.phase = P_CLOSED :: else fi;
			if :: FLAG(rogue_server) -> S.phase = P_CLOSED :: else fi
		};
		if :: FLAG(rogue_client) :: else -> run Party(CL) fi;
		if :: FLAG(rogue_server) :: else -> run Party(SV) fi;
		run Network()
	}
	C.phase == P_CLOSED && S.phase == P_CLOSED;
	assert(!CALM || (C.end == CLEAN && S.end == CLEAN))
}
