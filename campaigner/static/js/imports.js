// An import that runs: its numbers move by themselves. Without this script, "look again" loads the page.

{
	const EVERY = 1500;
	const page = document.querySelector("[data-progress]");
	document.documentElement.classList.add("scripted");
	const moving = () => page?.querySelector("#progress")?.dataset.moving === "yes";
	if (moving()) setTimeout(look, EVERY);

	async function look() {
		try {
			const answer = await fetch(page.dataset.progress, { cache: "no-store" });
			if (answer.redirected || answer.status === 401) return location.reload();
			if (answer.ok) page.querySelector("#progress").outerHTML = await answer.text();
			if (!moving()) return location.reload();
		} catch { /* away for a moment: asked again */ }
		setTimeout(look, EVERY);
	}
}
