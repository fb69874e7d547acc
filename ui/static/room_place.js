/* Bring this page to where the leader is: the run that is watched, what the Architecture tab shows, the tab. Nothing is
   loaded anew, so what this browser has open otherwise stays. */

function follower(showLook) {
  let reached = 0; // the number of the leader's place that this page was brought to
  const sorted = (look) => JSON.stringify(Object.entries(look).sort());

  /* Write a parameter into the address, for the Train tab should it not be there yet, and tell it where it is. */
  function tell(name, value, event, detail) {
    const url = new URL(window.location);
    if ((url.searchParams.get(name) ?? "") === value) return;
    url.searchParams.set(name, value);
    if (!value) url.searchParams.delete(name);
    window.history.replaceState(null, "", String(url).replaceAll("%2C", ","));
    document.dispatchEvent(new CustomEvent(event, { detail }));
  }

  return {
    go(place) {
      if (place.number === reached || !window.labAddressIsRead) return;
      reached = place.number;
      if (place.run) tell("run", place.run, "lab:watch", { run: place.run });
      tell("compare", place.compare.join(","), "lab:compare", { runs: place.compare });
      const isOther = sorted(place.look) !== sorted(JSON.parse(window.labLook || "{}"));
      if (place.tab === "architecture" && isOther) showLook(place.number);
      if (!document.getElementById(`tab-${place.tab}`)?.checkVisibility()) {
        document.getElementById(`tab-${place.tab}-button`)?.click();
      }
    },
    /* Whoever returns is brought there, even if the leader has not moved. */
    forget: () => { reached = 0; },
  };
}
