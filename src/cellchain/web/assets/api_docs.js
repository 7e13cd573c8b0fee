// Lists the operations of the API, and lets a reader try them with the session of this browser.

const place = document.getElementById("operations");
const root = document.documentElement;

// Swagger UI has dark colours of its own; they follow ours.
const follow = () => root.classList.toggle("dark-mode", getComputedStyle(root).colorScheme === "dark");
follow();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);

// Swagger UI brings a landmark of its own and a choice without a name; both are mended as they appear.
const mend = () => {
  for (const inner of place.querySelectorAll("main")) inner.setAttribute("role", "none");
  place.querySelector("#servers")?.setAttribute("aria-label", "Server");
};
new MutationObserver(mend).observe(place, { childList: true, subtree: true });

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  syntaxHighlight: false, // it writes inline styles, which our policy forbids
  validatorUrl: null, // nothing is asked of others
});
