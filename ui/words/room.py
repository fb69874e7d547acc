"""The words of a room that somebody leads, and of sharing a run. Those under ``page.room.live.`` go to the scripts."""

WORDS: dict[str, dict[str, str]] = {
    "page.room.title": {"en": "The room"},
    "page.room.alone_do": {"en": "Explore alone"},
    "page.room.follow_do": {"en": "Follow again"},
    "page.room.invite_do": {"en": "Address and QR code"},
    "page.room.ask_do": {"en": "Let the room vote"},
    "page.room.clear_do": {"en": "Clear the room"},
    "page.room.code": {"en": "QR code of the page's address"},
    "page.room.invite": {"en": "Open this on a phone in the same network, or point its camera at the code:"},
    "page.room.question": {"en": "Question"},
    "page.room.question_example": {"en": "for example: Which curve ends lower?"},
    "page.room.option_example_1": {"en": "e.g. the first"},
    "page.room.option_example_2": {"en": "e.g. the second"},
    "page.room.options": {"en": "Answers, two to four"},
    "page.room.ask_send": {"en": "Ask"},
    "page.room.close_do": {"en": "Close the vote"},
    "page.room.end_do": {"en": "Take it away"},
    "page.room.share": {"en": "Share"},
    "page.room.share_address": {"en": "Link to this run"},
    "page.room.copy": {"en": "Copy"},
    # in the place of what starts a run
    "page.room.only_leader": {
        "en": "Only the leader of this room starts runs. To train one of your own, start the app on your own computer."
    },
    # what the scripts say
    "page.room.live.leading": {"en": "You lead"},
    "page.room.live.following": {"en": "You follow the leader"},
    "page.room.live.exploring": {"en": "You explore alone"},
    "page.room.live.waiting": {"en": "Nobody leads yet"},
    "page.room.live.waiting_detail": {
        "en": "Whoever started this app opens the link that its terminal shows; then this page follows."
    },
    "page.room.live.following_detail": {"en": "This page goes where the leader goes."},
    "page.room.live.exploring_detail": {"en": "The leader goes on without you."},
    "page.room.live.people_none": {"en": "Nobody else is here yet."},
    "page.room.live.people_one": {"en": "1 other is here."},
    "page.room.live.people": {"en": "{people} others are here."},
    "page.room.live.nobody": {
        "en": "No phone has connected. If one cannot open the address, it may be in another network, this computer's "
        "firewall may keep it out, or the network keeps its devices apart (client isolation; common in schools and "
        "hotels). What helps: join this computer and the phones to a phone's hotspot, or put the page on a Hugging "
        "Face Space."
    },
    "page.room.live.away": {"en": "The server does not answer. This goes on by itself when it does."},
    "page.room.live.no_cookies": {
        "en": "This browser keeps no cookies, and leading needs one. Allow cookies for this address, restart the app "
        "and open its new link."
    },
    "page.room.live.votes_one": {"en": "1 answer"},
    "page.room.live.votes": {"en": "{votes} answers"},
    "page.room.live.vote_open": {"en": "What the others guess appears once you have chosen."},
    "page.room.live.vote_hidden": {"en": "{votes} so far. Close the vote to show what was guessed."},
    "page.room.live.vote_mine": {"en": "{votes}. You can still change yours."},
    "page.room.live.vote_closed": {"en": "{votes}. The vote is closed."},
    "page.room.live.vote_mark": {"en": "yours"},
    "page.room.live.share_none": {"en": "Start or open a run; its link appears here."},
    "page.room.live.share_one": {"en": "1 browser watches"},
    "page.room.live.share_people": {"en": "{people} browsers watch"},
    "page.room.live.copied": {"en": "Copied."},
    "page.room.live.copy_yourself": {"en": "Selected: copy it with the browser's own Copy."},
    # reaching the page from elsewhere
    "page.room.unreachable": {
        "en": "No other device can open this page: the app listens on this computer only. Start it with "
        "--presenter and no --host, or with --host 0.0.0.0."
    },
    "page.room.alone": {
        "en": "No other device can open this page: this computer is in no network. Join one, a phone's hotspot for "
        "instance, and reload the page."
    },
    # refusals
    "page.room.not_leader": {"en": "Only the leader of this room starts and steers runs"},
    "page.room.not_leader_cure": {
        "en": "To train one of your own, start the app on your own computer; to lead, open the link that the terminal "
        "of this one shows"
    },
    "page.room.no_link": {"en": "This link does not lead here"},
    "page.room.no_link_cure": {"en": "Open the one that the app's terminal shows; each start of the app has its own"},
    "page.room.link_used": {"en": "Another browser has opened this link and leads"},
    "page.room.link_used_cure": {"en": "Use that browser, or restart the app: it shows a new link"},
    "page.room.vote_over": {"en": "This vote is over"},
    "page.room.vote_over_cure": {"en": "Wait for the next one"},
    "page.room.vote_full": {"en": "No more answers are taken"},
    "page.room.no_question": {"en": "There is no question yet"},
    "page.room.no_question_cure": {"en": "Write one"},
    "page.room.no_options": {"en": "These answers cannot be voted on"},
    "page.room.no_options_cure": {"en": "Write {fewest} to {most} different ones"},
    "page.room.too_long": {"en": "This is too long"},
    "page.room.too_long_cure": {"en": "Use at most {most} characters"},
    "page.room.abandoned": {
        "en": "Nobody watched this run for {minutes} minutes, so it was stopped. Its weights are kept, and whoever "
        "started it can resume it."
    },
    # said in the terminal
    "page.room.terminal_lead": {"en": "To lead the room, open this once: {link}"},
}
