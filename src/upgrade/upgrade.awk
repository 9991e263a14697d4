# upgrade.awk -v extension=NAME -v version=TO INSTALL_SCRIPT WRITTEN_PART
#
# Writes the script that upgrades an extension to the version of INSTALL_SCRIPT.
# WRITTEN_PART changes tables and types; the line @functions@ in it stands for the
# functions and views of the version, which replace those of the same name.  See
# README.md.
#
# A statement of INSTALL_SCRIPT begins at the beginning of a line and ends at the
# end of one.

BEGIN {
    printf "\\echo Use \"ALTER EXTENSION %s UPDATE TO '%s'\" to load this file. \\quit\n", extension, version
}

# Which lines the statement that begins here adds to.
function part_of(line) {
    if (line ~ /^SELECT pg_catalog\.set_config\(/ || line ~ /^SELECT jira_spoke\.library_version\(/)
        return "first"
    if (line ~ /^CREATE (FUNCTION|VIEW) /)
        return "functions"
    if (line ~ /^COMMENT ON / || line ~ /^DO \$access\$/ || line ~ /^SELECT pg_catalog\.pg_extension_config_dump\(/)
        return "last"
    return "written"
}

NR == FNR && (part != "" || /^[A-Z]/) {
    line = $0
    if (part == "") {
        part = part_of(line)
        if (part == "functions")
            sub(/^CREATE /, "CREATE OR REPLACE ", line)
    }
    lines[part] = lines[part] line "\n"
    quotes += gsub(/\$[a-z]*\$/, "&", line)
    if (quotes % 2 == 0 && line ~ /;$/)
        part = ""
    next
}

NR == FNR { next }

FNR == 1 { printf "%s", lines["first"] }

/^@functions@$/ {
    printf "%s", lines["functions"]
    marks++
    next
}

{ print }

END {
    printf "%s", lines["last"]
    if (part != "") {
        print "the install script ends within a statement" > "/dev/stderr"
        exit 1
    }
    if (marks != 1) {
        print FILENAME ": must have one line @functions@" > "/dev/stderr"
        exit 1
    }
}
