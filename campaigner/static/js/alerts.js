// The page of a send: its numbers move. Writing an alert is in compose.js.
// Without this script the pages work by their buttons and by reloading.

{
	const EVERY = 2000; // ms between two looks at a send, where the server cannot tell by itself
	const SILENCE = 60000; // ms without an answer before the page says so
	const BREATH = 20000; // ms between two sentences for a screen reader
	const AFTER = 30000; // ms between two looks at what a send brought

	const board = document.querySelector("[data-progress]");
	if (board) watch(board);

	// A send that runs: told by the server as it happens, or asked for when that cannot be.
	function watch(place) {
		const speaker = document.querySelector("#said");
		const live = () => place.querySelector("[data-part=head]").dataset.moving === "yes";
		let heard = Date.now();
		let said = Date.now();
		let source = null;
		let polls = false;
		let told = 0; // when the server last had no room to tell us

		function listen() {
			if (source || !live() || document.hidden) return;
			if (!window.EventSource || Date.now() - told < SILENCE) return poll();
			source = new EventSource(place.dataset.stream);
			source.addEventListener("look", (event) => { take(event.data); hear(); });
			source.addEventListener("beat", hear);
			source.addEventListener("end", stop);
			source.addEventListener("gone", () => location.reload());
			source.addEventListener("error", () => {
				if (source?.readyState !== EventSource.CLOSED) return; // it comes back by itself
				stop();
				told = Date.now();
				poll();
			});
		}

		function stop() {
			source?.close();
			source = null;
		}

		async function poll() {
			if (polls) return;
			polls = true;
			while (!source && live() && !document.hidden) {
				if (await ask(place.dataset.progress)) hear();
				if (window.EventSource && Date.now() - told >= SILENCE) break;
				await new Promise((go) => setTimeout(go, EVERY));
			}
			polls = false;
			if (!source) listen();
		}

		async function ask(address) {
			try {
				const answer = await fetch(address, { cache: "no-store" });
				if (answer.redirected || answer.status === 401) location.reload();
				else if (answer.ok) take(await answer.text());
				return answer.ok;
			} catch {
				return false; // away for a moment: said when it lasts
			}
		}

		function hear() {
			heard = Date.now();
			document.querySelector("#fresh").textContent = place.dataset.fresh.replace("{}", clock(heard, "2-digit"));
			document.querySelector("#again")?.remove();
		}

		// Only what changed is replaced, so an open question or a focused button stays as it is.
		function take(html) {
			const fresh = new DOMParser().parseFromString(html, "text/html");
			const sentence = fresh.querySelector("[data-say]")?.dataset.say;
			for (const part of fresh.querySelectorAll("[data-part]")) {
				const old = place.querySelector(`[data-part=${part.dataset.part}]`);
				if (!old || (part.dataset.part === "head" && busy(old, part))) continue;
				if (steady(old) !== steady(part)) replace(old, document.adoptNode(part));
			}
			say(sentence);
		}

		// What stood open stays open, what was scrolled stays scrolled, and whoever was on it stays on it.
		function replace(old, part) {
			const open = [...old.querySelectorAll("details[id][open]")].map((one) => one.id);
			const scrolled = [...old.querySelectorAll(".scroll[id]")].map((one) => [one.id, one.scrollLeft, one.scrollTop]);
			const focus = old.contains(document.activeElement) ? document.activeElement : null;
			const way = focus && (focus.id ? `#${focus.id}` : focus.parentNode.id ? `#${focus.parentNode.id} > ${focus.localName}` : "button");
			old.replaceWith(part);
			for (const id of open) { const one = part.querySelector(`#${id}`); if (one) one.open = true; }
			for (const [id, left, top] of scrolled) part.querySelector(`#${id}`)?.scrollTo(left, top);
			if (way) part.querySelector(way)?.focus({ preventScroll: true });
		}

		function say(sentence) {
			if (!sentence || speaker.textContent === sentence || (live() && Date.now() - said < BREATH)) return;
			speaker.textContent = sentence;
			said = Date.now();
		}

		// The stop question is open: leave the buttons alone as long as the state is the same.
		function busy(old, part) {
			return old.querySelector("details[open]") && old.querySelector(".state").className === part.querySelector(".state").className;
		}

		// The form token differs at every look and means the same; so does what somebody opened.
		function steady(part) {
			const copy = part.cloneNode(true);
			for (const token of copy.querySelectorAll("[name=csrf_token]")) token.remove();
			for (const one of [copy, ...copy.querySelectorAll("[open]")]) one.removeAttribute("open");
			copy.removeAttribute("data-say");
			return copy.outerHTML;
		}

		function clock(time, second) {
			return new Date(time).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second, timeZone: "Europe/Brussels" });
		}

		function lost() {
			if (!live() || document.hidden || Date.now() - heard < SILENCE) return;
			const state = place.querySelector("[data-part=head] .state");
			state.className = "state warn";
			state.textContent = place.dataset.lost.replace("{}", clock(heard));
		}

		// Nobody looks: nobody is told. The server has few seats.
		document.addEventListener("visibilitychange", () => {
			if (document.hidden) return stop();
			heard = Date.now();
			listen();
		});
		addEventListener("pagehide", stop);
		addEventListener("pageshow", listen);
		setInterval(lost, EVERY);
		setInterval(() => { if (!document.hidden && Date.now() - heard < SILENCE) ask(place.dataset.after); }, AFTER);
		listen();
	}
}
