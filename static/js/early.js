// Before the first paint: scripts are on, and the system's own theme when nothing else was chosen.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  if (root.dataset.theme !== "system") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
    document.cookie = `scheme=${root.dataset.bsTheme}; path=/; max-age=31536000; samesite=lax`;
  };
  follow();
  dark.addEventListener("change", follow);
})();
