# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What make_c_pages and make_interface_page share: text in roff, and how a page begins."""
import os
import time

# REUSE-IgnoreStart
LICENSE = r'.\" SPDX-License-Identifier: LGPL-2.1-or-later'
# REUSE-IgnoreEnd


def escaped(text):
    for character, instead in (("\\", r"\e"), ("-", r"\-"), ("'", r"\(aq"), ("^", r"\(ha"), ("~", r"\(ti"), ("`", r"\(ga")):
        text = text.replace(character, instead)
    return rf"\&{text}" if text.startswith(".") else text


def quoted(title):
    return f'"{title}"' if " " in title else title


def beginning(name, section, version, kind, source):
    """The first lines of a page; the date is that of SOURCE_DATE_EPOCH, if set."""
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    return [LICENSE, rf'.\" Made by {source}', f'.TH {name} {section} {date} "iopriority {version}" {quoted(kind)}', ".nh", ".ad l"]


def see_also(pages):
    """From (section, name) of other pages."""
    return ['.SH "SEE ALSO"', ",\n".join(rf"\fB{name}\fR({section})" for section, name in sorted(pages))]
