#!/bin/sh
# Sees that the machine has what pip can't bring. Debian and Ubuntu: installs it with apt-get where that needs no
# password. Elsewhere, and where it may not: prints the line to type.
#
#   sh setup/system-packages.sh python PACKAGE...   a Python with its module for virtual environments
#   sh setup/system-packages.sh pdf PYTHON          Pango and HarfBuzz's subsetter, tried by loading them with PYTHON
#   sh setup/system-packages.sh test PYTHON         a browser, what drives it, fonts, PDF readers, web servers, Java and Node
#
# Leaves with 1 when something required is still missing, else with 0. Where everything is there already it changes
# nothing and asks nobody.

# shellcheck disable=SC2086 # $required, $optional, $brew and $winget are lists of words

set -u

root=${ROOT:-} # the tests of this script have another

has() { command -v "$1" >/dev/null 2>&1; }
say() { printf '%s\n' "$@" >&2; }

# What is missing: Debian packages in $required and $optional, and for other systems what to type there.
look() {
    required='' optional='' brew='' winget='' by_hand=''
    "look_for_$group" "$@"
}

look_for_python() {
    required="$*"
    brew='python'
    winget='Python.Python.3.13'
    by_hand='Python 3.11 or newer with its module "venv"'
}

look_for_pdf() {
    brew='pango'
    winget='MSYS2.MSYS2'
    by_hand='Pango'
    if [ "$(uname -s)" != Linux ]; then
        "$1" -c 'import weasyprint' >/dev/null 2>&1 || required='libpango-1.0-0'
        return
    fi
    loads "$1" libpango-1.0.so.0 || required="$required libpango-1.0-0"
    loads "$1" libpangoft2-1.0.so.0 || required="$required libpangoft2-1.0-0"
    loads "$1" libharfbuzz-subset.so.0 || optional='libharfbuzz-subset0'
}

loads() { "$1" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$2" >/dev/null 2>&1; }

look_for_test() {
    by_hand='Chromium, libatomic, poppler-utils, a Java development kit with JAXB, Node with npm'
    by_hand="$by_hand, nginx with its brotli module, Apache, and the fonts Liberation and DejaVu"
    if ! has chromium && ! has chromium-browser && ! has google-chrome; then
        lacks "$(chromium_package)" chromium Google.Chrome
    fi
    if is debian && ! has chromium-headless-shell; then # takes a third less of the processor; others do with the above
        lacks chromium-headless-shell '' ''
    fi
    if [ "$(uname -s)" = Linux ] && ! loads "$1" libatomic.so.1; then # for Playwright's driver
        lacks libatomic1 '' ''
    fi
    if ! has pdftotext || ! has pdfinfo || ! has pdffonts || ! has pdftoppm; then
        lacks poppler-utils poppler oschwartz10612.Poppler
    fi
    # Java compiles what drives a validator, and JAXB reads its rules. macOS has a "java" that only says there is none.
    if ! java --list-modules 2>/dev/null | grep -q '^jdk\.compiler'; then
        lacks default-jdk-headless temurin EclipseAdoptium.Temurin.21.JDK
    fi
    if [ "$(uname -s)" = Linux ] && [ ! -e "$root/usr/share/java/jaxb-runtime.jar" ]; then
        lacks libjaxb-java '' ''
    fi
    if ! has node || ! has npm; then
        lacks 'nodejs npm' node OpenJS.NodeJS.LTS
    fi
    if [ "$(uname -s)" = Linux ]; then # pages are laid out with narrow and with wide fonts, whatever the machine has
        has_font LiberationSans-Regular || lacks fonts-liberation '' ''
        has_font DejaVuSans || lacks fonts-dejavu-core '' ''
    fi
    if [ "$(uname -s)" = Linux ]; then # the tests of the web servers' configurations run Debian's
        if ! serves nginx || [ ! -e "$root/usr/lib/nginx/modules/ngx_http_brotli_static_module.so" ]; then
            lacks 'nginx libnginx-mod-http-brotli-static' '' ''
        fi
        serves apache2 || lacks apache2-bin '' '' # the program alone, without the service
        [ -e "$root/etc/mime.types" ] || lacks media-types '' '' # which Apache reads
    fi
}

has_font() {
    for file in "$root"/usr/share/fonts/"$1".ttf "$root"/usr/share/fonts/*/"$1".ttf "$root"/usr/share/fonts/*/*/"$1".ttf; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

# Whether a web server is there; it may lie where only root looks.
serves() { has "$1" || [ -x "$root/usr/sbin/$1" ]; }

lacks() {
    required="$required $1"
    brew="$brew $2"
    winget="$winget $3"
}

# Ubuntu's comes as a snap, under another name.
chromium_package() { if is ubuntu; then echo chromium-browser; else echo chromium; fi; }

# Whether this is the distribution of that name.
is() { grep -q "^ID=$1\$" /etc/os-release 2>/dev/null; }

# Runs a command as root. Fails where that would need a password.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        env "$@"
    else
        sudo -n env "$@"
    fi
}

may_install() {
    has apt-get || return 1
    [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }
}

apt_get() { as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" </dev/null 2>&1; }

install_missing() {
    say "Installing with apt-get:$(words $required $optional)"
    log=$(apt_get update) || true # one broken source needn't matter; the next step tells
    for package in $optional; do # an older release may not have it as a package of its own
        apt-cache show "$package" >/dev/null 2>&1 || optional=''
    done
    hold_services
    log="$log
$(apt_get install -y --no-install-recommends $required $optional)" || say "$log" '' 'apt-get could not install them (above is why).'
    release_services
}

# Debian starts a server as soon as it is installed, and with the machine ever after. Ours is for the tests alone, which
# start it themselves: nothing may start until it is installed, and afterwards it isn't among what the machine starts.
hold_services() {
    case $required in *nginx*) ;; *) return ;; esac
    policy=$root/usr/sbin/policy-rc.d
    held=no
    [ ! -e "$policy" ] || return
    held=yes
    trap release_services EXIT
    trap 'release_services; exit 1' INT TERM
    # shellcheck disable=SC2016 # the inner shell expands it
    as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy"
}

release_services() {
    case $required in *nginx*) ;; *) return ;; esac
    [ "$held" = no ] || as_root rm -f "$policy"
    held=no
    trap - EXIT INT TERM
    if has update-rc.d || [ -x "$root/usr/sbin/update-rc.d" ]; then
        as_root update-rc.d nginx disable >/dev/null 2>&1
    fi
}

words() { printf ' %s' "$@"; }

# Says what is missing, what for, and what to type.
advise() {
    case $group in
    python) say 'Python 3.11 or newer is needed, with its module for virtual environments.' ;;
    test) say 'The tests need a browser, fonts, PDF readers, web servers, Java and Node; here is what this machine lacks.' ;;
    pdf)
        if [ -n "$required" ]; then
            say "PDFs can't be made here: the text layout library Pango is missing."
        else
            say "PDFs will take three times as long: HarfBuzz's subsetter is missing."
        fi
        ;;
    esac
    if has apt-get; then
        say 'Install it with:' '' "    sudo apt-get install$(words $required $optional)" ''
    else
        case $(uname -s) in
        Darwin) say 'Install it with:' '' "    brew install$(words $brew)" '' ;;
        MINGW* | MSYS* | CYGWIN* | Windows*)
            say 'Install it with:' ''
            for name in $winget; do say "    winget install $name"; done
            if [ "$group" = pdf ]; then
                say '    C:\msys64\usr\bin\pacman -S mingw-w64-x86_64-pango' \
                    '    setx WEASYPRINT_DLL_DIRECTORIES C:\msys64\mingw64\bin' '' 'Then open a new terminal.'
            fi
            say ''
            ;;
        *) say "Install it with the package manager of this system: $by_hand." '' ;;
        esac
    fi
    if [ "$group" = pdf ] && [ -n "$required" ]; then
        say 'Or build the website without its PDFs:' '' '    make site PDF=no' ''
    fi
}

group=${1:-}
case $group in
python | pdf | test) shift ;;
*)
    say 'usage: system-packages.sh python PACKAGE... | pdf PYTHON | test PYTHON'
    exit 2
    ;;
esac

look "$@"
[ -n "$required$optional" ] || exit 0
if may_install; then
    install_missing
    [ "$group" != python ] || exit 0 # whoever asked for it looks again
    look "$@"
    [ -n "$required$optional" ] || exit 0
fi
advise
[ -z "$required" ]
