"""Views: from the connected Site to the plain dict that each template may see.

A view is data only: text, numbers, true or false, None, lists and dicts, ready for canonical JSON. Text is Markdown
whose links are addresses already. No view holds the place of anything, the time, or more than its page shows: a page
is made anew when its view changes, and only then.
"""
