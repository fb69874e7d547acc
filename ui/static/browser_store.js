/* What this browser keeps. Storage is a convenience: a browser that forbids it can watch and steer until the page is
   closed. */
const store = {
  memory: (window.labMemory ??= {}), // of all panels of the page
  read(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? this.memory[key] ?? fallback;
    } catch {
      return this.memory[key] ?? fallback;
    }
  },
  write(key, value) {
    this.memory[key] = value;
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch { /* kept in memory */ }
  },
};
const tokens = () => store.read("lab.tokens", {}); // of the runs that were started here, by their ids
