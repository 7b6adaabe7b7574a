// Reports the page's own uncaught errors: their class and the lines that were running, no text.
// Where such an error or a failed request led to a question, a line at the top of the page links to it.
(function () {
  "use strict";
  var base = document.currentScript.src.replace(/script\.js.*$/, "");
  var bar = null;

  function lines(error, source, line) {
    var found = [];
    String((error && error.stack) || "").split("\n").forEach(function (each) {
      var at = /((?:https?):\/\/[^\s()]+?):(\d+)(?::\d+)?\)?$/.exec(each);
      if (at) found.push([at[1], Number(at[2])]);
    });
    if (!found.length && source && line) found.push([source, line]);
    return found.slice(0, 50);
  }

  function show(title) {
    if (bar || !document.body) return;
    bar = document.createElement("p");
    var link = document.createElement("a");
    bar.setAttribute("role", "alert");
    bar.style.cssText = "margin:0;padding:.6rem 1rem;border-bottom:2px solid;font:1rem system-ui;" +
      "position:sticky;top:0;background:Canvas;color:CanvasText;z-index:2147483647";
    link.href = base + "question";
    link.target = "_blank";
    link.style.color = "LinkText";
    link.textContent = "Look at the report, and answer";
    bar.append(title + " ", link);
    document.body.prepend(bar);
  }

  function ask(then) {
    fetch(base + "title").then(then).catch(function () {});
  }

  function report(error, source, line) {
    var name = error && typeof error.name === "string" ? error.name : "Error";
    fetch(base + "error", {
      method: "POST",
      body: JSON.stringify({token: "@TOKEN@", name: name, lines: lines(error, source, line)})
    }).then(function (reply) {
      if (reply.status === 200) reply.text().then(show);
    }).catch(function () {});
  }

  addEventListener("error", function (event) {
    if (event.error || event.filename) report(event.error, event.filename, event.lineno);
  });
  addEventListener("unhandledrejection", function (event) {
    if (event.reason instanceof Error) report(event.reason);
  });
  // The question is answered in a tab of its own, so the line may go when the user comes back.
  addEventListener("focus", function () {
    if (bar) ask(function (reply) {
      if (reply.status === 200 || !bar) return;
      bar.remove();
      bar = null;
    });
  });
  if (typeof PerformanceObserver === "function") {
    new PerformanceObserver(function (list) {
      list.getEntries().forEach(function (each) {
        if (each.responseStatus !== 500 || bar || !each.name.indexOf(base)) return;
        ask(function (reply) {
          if (reply.status === 200) reply.text().then(show);
        });
      });
    }).observe({type: "resource"});
  }
})();
