// Lists the operations of the API, and lets a reader try them with the session of this browser.

const place = document.getElementById("operations");
const root = document.documentElement;

// Swagger UI has dark colours of its own; they follow ours.
root.classList.toggle("dark-mode", getComputedStyle(root).colorScheme === "dark");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  syntaxHighlight: false, // it writes inline styles, which our policy forbids
  validatorUrl: null, // nothing is asked of others
});
