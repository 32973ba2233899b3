/// How pages look: a post-mortem as a file, and all pages of the status server. The colours are `Theme`'s.
package enum PageStyle {
    package static let css = """
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
        header { border-left: .4rem solid var(--bad); padding-left: 1rem; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
        p { margin: .5rem 0; overflow-wrap: anywhere; }
        .kind { margin: 0; color: var(--faint); font-size: .875rem; }
        .cause, .message { color: var(--bad); white-space: pre-wrap; }
        .scroll { overflow-x: auto; margin: 1rem 0; }
        .scroll .picture { max-width: none; }
        .scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
        dt { color: var(--faint); }
        dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--faint); font-size: .875rem; }
        th, td { padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
        th[scope=row], .mark, .to, .time, .from { white-space: nowrap; }
        td { overflow-wrap: break-word; }
        .number, th.number { text-align: right; white-space: nowrap; padding-right: 1.25rem; }
        .mark { width: 1.5rem; text-align: center; }
        .to { font-weight: 600; }
        .ERROR, .why { color: var(--bad); white-space: pre-wrap; }
        .READY { color: var(--good); }
        .LOADING, .WARMING_UP { color: var(--busy); }
        .bars { max-width: 40rem; }
        .bars th { width: 5rem; }
        .bar svg { display: block; width: 100%; height: .875rem; margin-top: .3rem; }
        .bar .this { fill: var(--bad); }
        .bar .usual { fill: var(--bar); }
        .picture { display: block; }
        .faint, footer { color: var(--faint); font-size: .875rem; }
        pre { background: var(--card); padding: .75rem 1rem; margin: .5rem 0; border-radius: .25rem;
          overflow: auto; max-height: 30rem; font: .875rem/1.45 ui-monospace, monospace; white-space: pre-wrap;
          overflow-wrap: anywhere; }
        .command { user-select: all; }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; overflow-wrap: anywhere; }
        @media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
        """
}
