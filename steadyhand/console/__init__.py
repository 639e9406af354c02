"""The console: everything that `steadyhand` does, from a page in the browser.

Pages are in `pages`, one module for each; what runs sessions is `runs`, what serves it all is `server`.
"""
