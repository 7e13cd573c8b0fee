run(JSON.parse(at("page-data").textContent)).catch((error) => {
  chip("verdict", "bad", "Not proved: this proof cannot be read");
  at("sentence").textContent = String(error.message || error);
}).finally(() => { document.documentElement.dataset.done = "yes"; });
