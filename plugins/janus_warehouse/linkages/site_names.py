"""Short names of the three-character sites of ICD-O-3, for the labels of charts.

Source:
    WHO, International Classification of Diseases for Oncology, 3rd edition, topography; the
    names are shortened by us.
"""

SITE_NAMES = {
    "C00": "lip", "C01": "base of tongue", "C02": "tongue", "C03": "gum", "C04": "floor of mouth",
    "C05": "palate", "C06": "mouth, other", "C07": "parotid gland", "C08": "salivary glands",
    "C09": "tonsil", "C10": "oropharynx", "C11": "nasopharynx", "C12": "pyriform sinus",
    "C13": "hypopharynx", "C14": "pharynx, other", "C15": "oesophagus", "C16": "stomach",
    "C17": "small intestine", "C18": "colon", "C19": "rectosigmoid", "C20": "rectum",
    "C21": "anus", "C22": "liver", "C23": "gallbladder", "C24": "biliary tract", "C25": "pancreas",
    "C26": "digestive, other", "C30": "nose, middle ear", "C31": "sinuses", "C32": "larynx",
    "C33": "trachea", "C34": "lung", "C37": "thymus", "C38": "heart, pleura",
    "C39": "thorax, other", "C40": "bones of limbs", "C41": "bones, other", "C42": "blood, marrow",
    "C44": "skin", "C47": "peripheral nerves", "C48": "peritoneum", "C49": "soft tissue",
    "C50": "breast", "C51": "vulva", "C52": "vagina", "C53": "cervix uteri",
    "C54": "corpus uteri", "C55": "uterus, other", "C56": "ovary", "C57": "female, other",
    "C58": "placenta", "C60": "penis", "C61": "prostate", "C62": "testis", "C63": "male, other",
    "C64": "kidney", "C65": "renal pelvis", "C66": "ureter", "C67": "bladder",
    "C68": "urinary, other", "C69": "eye", "C70": "meninges", "C71": "brain",
    "C72": "spinal cord, nerves", "C73": "thyroid", "C74": "adrenal gland",
    "C75": "endocrine, other", "C76": "ill-defined site", "C77": "lymph nodes",
    "C80": "unknown primary",
}  # fmt: skip


def labelled(site: str) -> str:
    """Return a site with its name, for example `C50 breast`."""
    return f"{site} {SITE_NAMES.get(site, '')}".strip()
