// Writing an alert: it saves by itself, keeps a copy on this device until the server has it, and the preview and the
// checks follow the typing. Without this script the page works by its buttons.

{
	const PAUSE = 700; // ms without typing before the preview follows
	const REST = 1500; // ms without typing before it is saved
	const AGAIN = 15000; // ms before a save that did not arrive is tried again
	const PARTS = ["subject", "preheader", "body", "button_label"];
	const KEPT = [...PARTS, "act"];

	const form = document.querySelector("#words[data-save]");
	const phone = document.querySelector(".phone");
	const button = document.querySelector("#show-preview");
	const saved = document.querySelector("#saved");
	const lost = document.querySelector("#lost");
	let follow = 0;
	let later = 0;
	let turn = 0;
	let saving = null; // the save that is under way
	let leaving = false;
	let onServer = state();

	button.hidden = true;
	offer();
	document.addEventListener("input", (event) => {
		if (event.target.form !== form) return;
		clearTimeout(follow);
		follow = setTimeout(look, PAUSE);
		if (!KEPT.includes(event.target.name)) return;
		keep();
		clearTimeout(later);
		later = setTimeout(save, REST);
	});
	form.addEventListener("submit", leave);
	for (const one of document.querySelectorAll("[name=view]")) one.addEventListener("change", shape);
	document.addEventListener("visibilitychange", () => { if (document.hidden && state() !== onServer) save(); });
	addEventListener("online", save);
	shape();

	function look() { preview(); checks(); }

	// A phone is narrow, a screen is wide and made small; text is shown as it is.
	function shape() {
		phone.dataset.view = document.querySelector("[name=view]:checked").value;
	}

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
		form.requestSubmit(button);
		button.hidden = true;
	}

	async function checks() {
		try {
			const answer = await fetch(form.dataset.checks, { method: "POST", body: new FormData(form) });
			if (!answer.ok || answer.redirected) return;
			const list = document.querySelector("#checks");
			if (list.contains(document.activeElement)) return;
			list.innerHTML = await answer.text();
			const inbox = list.querySelector("[data-inbox-subject]");
			for (const part of ["sender", "subject", "line"]) {
				const words = inbox.dataset[`inbox${part[0].toUpperCase()}${part.slice(1)}`];
				if (words || part === "line") document.querySelector(`#inbox-${part}`).textContent = words;
			}
		} catch { /* away for a moment: the next change asks again */ }
	}

	function state() { return JSON.stringify(KEPT.map((name) => form.elements[name].value)); }

	// On this device, until the server says that it has it.
	function keep() {
		try {
			localStorage.setItem(form.dataset.key, JSON.stringify({ at: Date.now(), seen: form.elements.seen.value, words: state() }));
		} catch { /* no room, or forbidden: the server still saves */ }
	}

	function offer() {
		const note = document.querySelector("#here");
		let copy = null;
		try { copy = JSON.parse(localStorage.getItem(form.dataset.key)); } catch { return; }
		if (!copy || copy.words === onServer) return forget();
		note.hidden = false;
		document.querySelector("#here-at").textContent = new Date(copy.at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
		document.querySelector("#put-back").addEventListener("click", () => {
			JSON.parse(copy.words).forEach((words, at) => { form.elements[KEPT[at]].value = words; });
			note.hidden = true;
			form.elements.subject.focus();
			look();
			save();
		});
		document.querySelector("#throw-away").addEventListener("click", () => { forget(); note.hidden = true; });
	}

	function forget() {
		try { localStorage.removeItem(form.dataset.key); } catch { /* nothing was kept */ }
	}

	// A button waits for the save that is under way, so that nobody is overtaken by oneself.
	async function leave(event) {
		if (event.submitter === button) return;
		leaving = true;
		if (!saving) return;
		event.preventDefault();
		await saving;
		form.requestSubmit(event.submitter);
	}

	async function save() {
		if (saving || leaving || state() === onServer) return;
		clearTimeout(later);
		saving = send(state());
		await saving;
		saving = null;
		if (state() !== onServer && lost.hidden) later = setTimeout(save, REST);
	}

	async function send(words) {
		try {
			const answer = await fetch(form.dataset.save, { method: "POST", body: new FormData(form), keepalive: words.length < 20000 });
			if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) throw new Error("away");
			const told = await answer.json();
			if (told.state === "saved") {
				onServer = words;
				form.elements.seen.value = told.version;
				saved.textContent = told.sentence;
				lost.hidden = true;
				if (state() === words) forget();
			} else {
				say(told.sentence);
				if (told.state === "overtaken") onServer = words; // kept as a version: said once, until something else is typed
			}
		} catch {
			say(form.dataset.away);
			later = setTimeout(save, AGAIN);
		}
	}

	function say(sentence) {
		lost.querySelector("p").textContent = sentence;
		lost.hidden = false;
	}
}
