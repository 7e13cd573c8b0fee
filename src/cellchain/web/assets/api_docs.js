// Lists the operations of the API, and lets a reader try them with the session of this browser.

const place = document.getElementById("api");
const root = document.documentElement;

// Swagger UI has dark colours of its own; they follow ours.
const follow = () => root.classList.toggle("dark-mode", getComputedStyle(root).colorScheme === "dark");
follow();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);

// Its own layout is a whole page, with a title and a second <main>; ours is what goes into a page.
function withinPage({ React, getSystem }) {
  const shown = (name, getComponent) => React.createElement(getComponent(name, true), { key: name });
  const WithinPage = ({ getComponent }) => {
    const loaded = getSystem().specSelectors.specStr() !== "";
    const parts = ["SvgAssets", "errors", ...(loaded ? ["AuthorizeBtnContainer", "operations"] : [])];
    return React.createElement("div", { className: "swagger-ui" }, parts.map((name) => shown(name, getComponent)));
  };
  return { components: { WithinPage } };
}

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  plugins: [withinPage],
  layout: "WithinPage",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  syntaxHighlight: false, // it writes inline styles, which our policy forbids
  validatorUrl: null, // nothing is asked of others
});
