namespace Pentimento.Reports;

/// <summary>The style sheet of the reports: system fonts, light and dark, wide, narrow and print.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root {
          --paper: #fbfaf7; --card: #ffffff; --ink: #1f1d1a; --muted: #6a655c; --line: #e4dfd5; --soft: #f3f0e9;
          --c1: #0072b2; --c2: #d55e00; --c3: #00805f; --c4: #a8508a; --warn: #fdf3e4; --warn-line: #d9902f; --hot: #eef5fa;
          --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, "Book Antiqua", Georgia, serif;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial,
              sans-serif;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --paper: #15171a; --card: #1d2024; --ink: #e9e6e0; --muted: #a5a096; --line: #33373d; --soft: #22262b;
            --c1: #63b7ee; --c2: #f5975a; --c3: #4cc9a4; --c4: #dd95c4; --warn: #2d2518; --warn-line: #c98a3a; --hot: #1c2a35;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--serif);
          text-rendering: optimizeLegibility; }
        header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem); }
        header { padding-top: clamp(1.75rem, 5vw, 4rem); }
        .brand { margin: 0 0 .6rem; font: 600 .75rem/1 var(--sans); letter-spacing: .14em; text-transform: uppercase;
          color: var(--c1); }
        h1 { margin: 0; font-weight: 600; font-size: clamp(1.8rem, 4.4vw,
            2.9rem); line-height: 1.15; letter-spacing: -.012em; text-wrap: balance; }
        .subtitle { margin: .5rem 0 0; color: var(--muted); font-size: 1.1rem; }
        nav { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin-top: 1.5rem; padding: .7rem 0;
          border-block: 1px solid var(--line);
          font: .875rem/1.4 var(--sans); }
        nav a { color: var(--muted); text-decoration: none; }
        nav a:hover, nav a:focus-visible { color: var(--c1); text-decoration: underline; text-underline-offset: .25em; }
        h2 { margin: 3.2rem 0 1rem; font-weight: 600; font-size: 1.55rem; line-height: 1.25; letter-spacing: -.006em; }
        p { max-width: 44rem; margin: .8rem 0; overflow-wrap: break-word; }
        .lead { margin: 1.6rem 0; max-width: 46rem; font-size: clamp(1.1rem, 2vw, 1.3rem); line-height: 1.5; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit,
            minmax(min(100%, 10.5rem), 1fr)); gap: .9rem; margin: 1.6rem 0; }
        .tiles > div { padding: 1rem 1.1rem 1.05rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
          font-family: var(--sans); }
        .tiles dt { color: var(--muted); font-size: .8125rem; }
        .tiles dd { margin: 0; font-size: .8125rem; line-height: 1.45; color: var(--muted); font-variant-numeric: tabular-nums; }
        .tiles .number { margin: .2rem 0 .25rem; color: var(--ink); font-size: 1.9rem; font-weight: 600; line-height: 1.15;
          letter-spacing: -.02em; }
        .note { max-width: 46rem; margin: 1rem 0; padding: .75rem 1.1rem; background: var(--soft);
          border-left: 3px solid var(--c1);
          border-radius: 0 .4rem .4rem 0; font: .9375rem/1.55 var(--sans); overflow-wrap: break-word; }
        .note.warning { background: var(--warn); border-color: var(--warn-line); }
        .scroll { max-width: max-content; min-width: min(100%, 28rem); overflow-x: auto; margin: 1.2rem 0; }
        table { width: 100%; border-collapse: collapse; font: .9375rem/1.45 var(--sans);
          font-variant-numeric: tabular-nums lining-nums; }
        caption span { display: block; position: sticky; left: 0; max-width: calc(100vw - 2.2rem); }
        caption { padding: 0 0 .5rem; text-align: left; color: var(--muted); font-size: .875rem; }
        th, td { padding: .42rem .9rem; text-align: left; font-weight: 400; vertical-align: baseline; white-space: nowrap; }
        th:first-child { padding-left: .2rem; }
        thead th { white-space: normal; border-block: 1.5px solid var(--ink) ; border-bottom-width: 1px; font-weight: 600;
          font-size: .875rem; }
        tbody tr + tr > * { border-top: 1px solid var(--line); }
        tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
        .num { text-align: right; }
        tbody .hot, thead .hot { background: var(--hot); font-weight: 600; }
        figure { margin: 0; }
        figcaption { font: .875rem/1.5 var(--sans); color: var(--muted); overflow-wrap: anywhere; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit,
            minmax(min(100%, 27rem), 1fr)); gap: 1.2rem; margin: 1.2rem 0; align-items: start; }
        .figures > figure { max-width: 36rem; padding: 1.1rem 1.2rem 1rem; background: var(--card);
          border: 1px solid var(--line); border-radius: .6rem; }
        .figures .chart + figcaption { margin-top: .5rem; }
        .figures img { max-width: 100%; height: auto; display: block; margin-bottom: .6rem; }
        .beside { display: grid; grid-template-columns: repeat(auto-fit,
            minmax(min(100%, 27rem), 1fr)); gap: 0 2.5rem; align-items: start; }
        .beside > div { min-width: 0; } .beside .scroll { max-width: 100%; }
        .chart { display: block; width: 100%; height: auto; overflow: visible; font-family: var(--sans);
          font-variant-numeric: tabular-nums; }
        .chart text { font-size: 12.5px; fill: var(--muted); }
        .chart .label, .chart .value { fill: var(--ink); }
        .chart .strong { font-weight: 600; font-size: 14px; }
        .end { text-anchor: end; } .middle { text-anchor: middle; }
        .chart path, .chart circle { fill: none; vector-effect: non-scaling-stroke; }
        .grid { stroke: var(--line); } .axis { stroke: var(--muted); }
        .reference { stroke: var(--muted); stroke-dasharray: 4 4; }
        .rule { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 6 3; }
        .c1, .normal { --c: var(--c1); } .c2,
            .anomalous { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .point { --c: var(--ink); }
        .line { stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .line.dashed { stroke-dasharray: 7 4; }
        .chart .area { fill: var(--c); fill-opacity: .14; }
        .chart .dot { fill: var(--c); stroke: var(--card); stroke-width: 1.5; }
        .chart .dot.small { r: 3px; stroke: none; }
        .chart .bar { fill: var(--c1); fill-opacity: .45; } .chart .bar.strong { fill-opacity: .95; }
        .whisker { stroke: var(--ink); stroke-width: 1.5; }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .35rem 0 .55rem; padding: 0; list-style: none;
          font: .8125rem/1.5 var(--sans); }
        .legend i { display: inline-block; width: 1.4em; margin-right: .45em; vertical-align: .25em;
          border-top: 2.5px solid var(--c, var(--muted)); }
        .legend .dashed i, .legend .chance i { border-top-style: dashed; }
        .legend .chance i { border-top-width: 1.5px; }
        .legend .dot i { width: .6em; height: .6em; border: 0; border-radius: 50%; background: var(--c); vertical-align: 0; }
        .cases { display: grid; grid-template-columns: repeat(auto-fill,
            minmax(min(100%, calc(var(--n) * 6.4rem + 1.4rem)), 1fr)); gap: .9rem; margin: 1.2rem 0; }
        .cases.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, max(10rem, calc(var(--n) * 9rem))), 1fr)); }
        .cases > figure { padding: .7rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        .cases > figure.flagged { border-color: var(--c2); }
        .cases figure > div { display: grid; grid-template-columns: repeat(var(--n), minmax(0, 1fr)); gap: .5rem; }
        .cases img { display: block; width: 100%; height: auto; border-radius: .2rem; background: var(--soft); }
        .pixels { image-rendering: pixelated; }
        .cases span { font: .75rem/1.4 var(--sans); color: var(--muted); font-variant-numeric: tabular-nums; }
        .cases span b, .cases span em { display: block; font-style: normal; font-weight: 400; }
        .cases span b { margin-top: .3rem; } .cases span em { color: var(--ink); }
        .cases figcaption { margin-top: .45rem; font-size: .8125rem; }
        .cases figcaption b { color: var(--ink); font-weight: 600; }
        mark { margin-left: .5em; padding: .05em .45em; border-radius: 1em; background: none; border: 1px solid var(--c2);
          color: var(--c2); font-size: .75rem;
          white-space: nowrap; }
        .cases[style="--n:1"] mark { display: table; margin: .3rem 0 0; }
        .parent { margin: 0 0 .5rem; font: .875rem/1.4 var(--sans); } .parent a { color: var(--muted); }
        .parent a:hover, .parent a:focus-visible { color: var(--c1); }
        .decision { margin: 1.6rem 0; padding: .2rem 0 .2rem 1.2rem; max-width: 46rem; border-left: 4px solid var(--c);
          font-size: clamp(1.05rem, 2vw, 1.2rem); line-height: 1.5; }
        .decision b { display: block; font: 600 1.5em/1.3 var(--sans); color: var(--c); letter-spacing: -.01em; }
        .belongs { --c: var(--c3); } .doesnotbelong { --c: var(--c2); } .cannottell { --c: var(--warn-line); }
        .figures > .whole { max-width: none; grid-column: 1 / -1; }
        .figures.pictures { grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); max-width: 58rem; }
        .pictures > figure { max-width: 30rem; } .pictures img { width: 100%; border-radius: .2rem; }
        .scale { display: flex; flex-wrap: wrap; justify-content: space-between; margin: 0 0 .5rem;
          font: .75rem/1.4 var(--sans); color: var(--muted); }
        .scale svg { display: block; width: 100%; height: .6rem; margin-bottom: .25rem; border-radius: .2rem; }
        .chart .dot.large { r: 8px; }
        .points { max-width: 44rem; padding-left: 1.2rem; } .points li { margin: .45rem 0; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1.4rem 1rem;
          margin: 1.2rem 0; padding: 0; list-style: none; font: .8125rem/1.4 var(--sans); }
        .gallery li { min-width: 0; }
        .gallery a { display: block; color: inherit; text-decoration: none; border-radius: .4rem; }
        .gallery a:hover b, .gallery a:focus-visible b { color: var(--c1); text-decoration: underline;
          text-underline-offset: .2em; }
        .frame { display: flex; align-items: center; justify-content: center; aspect-ratio: 1; border-radius: .4rem;
          background: var(--soft); overflow: hidden; color: var(--muted); }
        .frame img { width: 100%; height: 100%; object-fit: contain; }
        .gallery b { display: block; margin-top: .4rem; font-weight: 600; overflow-wrap: anywhere; }
        .gallery em { display: block; font-style: normal; color: var(--muted); font-variant-numeric: tabular-nums; }
        .options { columns: 22rem 2; column-gap: 3rem; font: .875rem/1.5 var(--sans); }
        .options > div { display: flex; justify-content: space-between; gap: 1rem; padding: .3rem 0;
          border-bottom: 1px solid var(--line); break-inside: avoid; }
        .options dt { color: var(--muted); } .options dd { margin: 0; text-align: right; overflow-wrap: anywhere;
          font-variant-numeric: tabular-nums; }
        footer { margin-top: 4rem; padding-block: 1.2rem 3rem; font: .8125rem/1.5 var(--sans); color: var(--muted); }
        footer::before { content: ""; display: block; border-top: 1px solid var(--line); margin-bottom: 1rem; }
        footer p { max-width: none; margin: .2rem 0; } code { font: .9em var(--mono); overflow-wrap: anywhere; }
        code span { display: inline-block; max-width: 100%; }
        @media (max-width: 34rem) {
          body { font-size: 1rem; }
          .tiles { grid-template-columns: 1fr 1fr; gap: .6rem; }
          .gallery { grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)); gap: 1.1rem .7rem; }
          .tiles > div { padding: .8rem; } .tiles .number { font-size: 1.5rem; }
          .figures > figure { padding: .9rem .8rem; }
          .chart text { font-size: 17px; } .chart .strong { font-size: 18px; }
          .cases { grid-template-columns: repeat(auto-fill, minmax(min(100%, calc(var(--n) * 5rem + 1.4rem)), 1fr)); }
          table { font-size: .8125rem; } thead th { font-size: .8125rem; } th, td { padding-inline: .45rem; white-space: normal; }
          .num { white-space: nowrap; } tbody th { min-width: 6.5rem; }
        }
        @media print {
          body { font-size: 10.5pt; } nav { display: none; } header { padding-top: 0; }
          .tiles > div, figure, tr, .note { break-inside: avoid; } h2 { break-after: avoid; }
        }

        """;
}
