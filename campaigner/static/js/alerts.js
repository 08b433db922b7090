// The alert pages: a preview and checks that follow the typing, and numbers of a send that move.
// Without this script the pages work by their buttons and by reloading.

{
	const PAUSE = 700; // ms without typing before the preview follows
	const EVERY = 2000; // ms between two looks at a send that runs
	const SILENCE = 60000; // ms without an answer before the page says so
	const BREATH = 10000; // ms between two sentences for a screen reader

	const form = document.querySelector("#words[data-checks]");
	if (form) compose(form);
	const board = document.querySelector("[data-progress]");
	if (board) watch(board);

	function compose(words) {
		const button = document.querySelector("#show-preview");
		const phone = document.querySelector(".phone");
		let timer = 0;
		let turn = 0;
		button.hidden = true;
		const look = () => { preview(); checks(); };
		document.addEventListener("input", (event) => {
			if (event.target.form !== words) return;
			clearTimeout(timer);
			timer = setTimeout(look, PAUSE);
		});

		// A new frame each time: the back button stays as it was, and the old mail stays until the new one is there.
		function preview() {
			const old = phone.querySelectorAll("iframe");
			const frame = old[0].cloneNode(false);
			frame.removeAttribute("src");
			frame.name = `preview-${++turn}`;
			for (const late of [...old].slice(1)) late.remove();
			phone.append(frame);
			frame.addEventListener("load", () => { if (frame.isConnected) old[0].remove(); });
			button.formTarget = frame.name;
			button.hidden = false;
			words.requestSubmit(button);
			button.hidden = true;
		}

		async function checks() {
			try {
				const answer = await fetch(words.dataset.checks, { method: "POST", body: new FormData(words) });
				if (!answer.ok || answer.redirected) return;
				const list = document.querySelector("#checks");
				list.innerHTML = await answer.text();
				const inbox = list.querySelector("[data-inbox-subject]");
				if (inbox.dataset.inboxSubject) document.querySelector("#inbox-subject").textContent = inbox.dataset.inboxSubject;
				document.querySelector("#inbox-line").textContent = inbox.dataset.inboxLine;
			} catch { /* away for a moment: the next change asks again */ }
		}
	}

	function watch(place) {
		let heard = Date.now();
		let said = Date.now();
		const live = () => place.querySelector("[data-part=head]").dataset.moving === "yes";

		async function look() {
			if (!document.hidden) {
				try {
					const answer = await fetch(place.dataset.progress, { cache: "no-store" });
					if (answer.redirected || answer.status === 401) return location.reload();
					if (answer.ok) { take(await answer.text()); heard = Date.now(); }
				} catch { /* said below when it lasts */ }
				if (Date.now() - heard > SILENCE) lost();
			} else heard = Date.now();
			if (live()) setTimeout(look, EVERY);
		}

		// Only what changed is replaced, so an open question or a focused button stays as it is.
		function take(html) {
			const fresh = new DOMParser().parseFromString(html, "text/html");
			for (const part of fresh.querySelectorAll("[data-part]")) {
				const old = place.querySelector(`[data-part=${part.dataset.part}]`);
				if (part.dataset.part === "head" && busy(old, part)) continue;
				if (steady(old) !== steady(part)) old.replaceWith(document.adoptNode(part));
			}
			const sentence = fresh.querySelector("[data-say]").dataset.say;
			const speaker = document.querySelector("#said");
			if (Date.now() - said > BREATH && speaker.textContent !== sentence) { speaker.textContent = sentence; said = Date.now(); }
		}

		// The stop question is open: leave the buttons alone as long as the state is the same.
		function busy(old, part) {
			return old.querySelector("details[open]") && old.querySelector(".state").className === part.querySelector(".state").className;
		}

		// The form token differs at every look and means the same.
		function steady(part) {
			const copy = part.cloneNode(true);
			for (const token of copy.querySelectorAll("[name=csrf_token]")) token.remove();
			copy.removeAttribute("data-say");
			copy.removeAttribute("open");
			return copy.outerHTML;
		}

		function lost() {
			const state = place.querySelector("[data-part=head] .state");
			const clock = new Date(heard).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
			state.className = "state warn";
			state.textContent = place.dataset.lost.replace("{}", clock);
		}

		if (live()) setTimeout(look, EVERY);
	}
}
