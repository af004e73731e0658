// The pages work without this. It only offers to copy what can be selected by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const name = button.dataset.copy;
  const source = document.getElementById(name);
  const said = document.querySelector(`[data-said="${name}"]`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
      said.textContent = "Copied.";
    } catch {
      select(source);
      said.textContent = "Selected. Copy it with your keyboard or your device's menu.";
    }
    setTimeout(() => { said.textContent = ""; }, 4000);
  });
}

function select(source) {
  if (source.select) {
    source.select();
  } else {
    getSelection().selectAllChildren(source);
  }
}
