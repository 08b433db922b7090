// Who gets the alert: every change is counted at once. Without this script the buttons load the page again.

{
	const PAUSE = 350; // ms without typing before it counts
	const page = document.querySelector("#content");
	let timer = 0;
	let turn = 0;
	document.documentElement.classList.add("scripted");

	page.addEventListener("change", (event) => { if (ours(event)) ask("show", "1"); });
	page.addEventListener("input", (event) => {
		if (!ours(event) || event.target.localName === "select") return;
		clearTimeout(timer);
		timer = setTimeout(() => ask("show", "1"), PAUSE);
	});
	page.addEventListener("submit", (event) => {
		const button = event.submitter;
		if (event.target.id !== "builder" || !["add", "remove", "show", "sample", "load", "keep"].includes(button?.name)) return;
		event.preventDefault();
		ask(button.name, button.value);
	});

	function ours(event) {
		return event.target.form?.id === "builder" && !["name", "audience"].includes(event.target.name);
	}

	// The answer is the whole page; its builder takes the place of ours. Only the last question counts.
	async function ask(name, value) {
		clearTimeout(timer);
		const mine = ++turn;
		const form = document.querySelector("#builder");
		const data = new FormData(form);
		data.append(name, value);
		form.setAttribute("aria-busy", "true");
		try {
			const answer = await fetch(form.action, { method: "POST", body: data });
			if (mine !== turn) return;
			if (answer.redirected || answer.status === 401) return location.reload();
			const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#builder");
			if (mine !== turn || !fresh) return;
			take(fresh, name);
		} catch {
			form.removeAttribute("aria-busy"); // away for a moment: the next change asks again
		}
	}

	function take(fresh, name) {
		const old = document.querySelector("#builder");
		const focus = document.activeElement?.id;
		const before = document.querySelector("#sum");
		for (const field of ["name", "audience"]) {
			const typed = old.querySelector(`#${field}`);
			if (typed && fresh.querySelector(`#${field}`) && name !== "keep") fresh.querySelector(`#${field}`).value = typed.value;
		}
		const sum = fresh.querySelector("#sum");
		before.innerHTML = sum.innerHTML;
		sum.replaceWith(before); // the same live region, so that a change of it is said
		old.replaceWith(document.adoptNode(fresh));
		const rows = fresh.querySelectorAll(".rules li");
		const next = name === "add" ? rows[rows.length - 1]?.querySelector("select[id^=kind]") : fresh.querySelector(`#${focus || "add"}`);
		(next ?? fresh.querySelector("#add"))?.focus({ preventScroll: true });
	}
}
